#!/usr/bin/env python3
"""Compiles every kernel file with NVRTC, without a GPU, and prints registers and spills of each kernel.

Fails if a file does not compile or a kernel spills registers.

usage: scripts/gpu/compile_kernels.py LIBNVRTC [ARCHITECTURE ...]

LIBNVRTC: path of libnvrtc.so.11.2, .12 or .13; libnvrtc-builtins lies in the same folder.
ARCHITECTURE: sm_60 sm_70 sm_80 sm_90 without an argument; NVRTC 13 refuses sm_60 and sm_70.
"""
import ctypes
import pathlib
import re
import sys

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "Sources/CUDAEngine/Kernels"
TYPES = ["f32", "bf16", "f16"]


def units():
    """Name and text of each compilation unit, as KernelSource.swift makes them."""
    prelude = (FOLDER / "prelude.cuh").read_text()
    for path in sorted(FOLDER.glob("*.cu")):
        text = path.read_text()
        if "element *" in text:
            for kind in TYPES:
                yield f"{path.stem}_{kind}", f"#define ELEMENT {kind}\n{prelude}{text}"
        else:
            yield path.stem, prelude + text


class NVRTC:
    def __init__(self, path):
        path = pathlib.Path(path).resolve()
        # Some packages have no run path: without this NVRTC does not find the file at its first compilation.
        for builtins in sorted(path.parent.glob("libnvrtc-builtins.so*")):
            ctypes.CDLL(str(builtins))
        self.library = ctypes.CDLL(str(path))
        major, minor = ctypes.c_int(), ctypes.c_int()
        self.library.nvrtcVersion(ctypes.byref(major), ctypes.byref(minor))
        self.version = f"{major.value}.{minor.value}"

    def compile(self, name, text, architecture):
        """Whether the text compiles, and the compiler's log."""
        program, size = ctypes.c_void_p(), ctypes.c_size_t()
        options = [f"--gpu-architecture={architecture}", "--std=c++17", "--ptxas-options=-v"]
        self.library.nvrtcCreateProgram(
            ctypes.byref(program), text.encode(), f"{name}.cu".encode(), 0, None, None)
        words = (ctypes.c_char_p * len(options))(*(o.encode() for o in options))
        status = self.library.nvrtcCompileProgram(program, len(options), words)
        self.library.nvrtcGetProgramLogSize(program, ctypes.byref(size))
        log = ctypes.create_string_buffer(size.value + 1)
        self.library.nvrtcGetProgramLog(program, log)
        self.library.nvrtcDestroyProgram(ctypes.byref(program))
        return status == 0, log.value.decode()


def usage(log):
    """Registers, stack and spilled bytes of each kernel in the log of ptxas."""
    kernel = None
    for line in log.splitlines():
        if found := re.search(r"Compiling entry function '(\w+)'", line):
            kernel, stack, spills = found.group(1), 0, 0
        elif found := re.search(r"(\d+) bytes stack frame, (\d+) bytes spill stores", line):
            stack, spills = int(found.group(1)), int(found.group(2))
        elif kernel and (found := re.search(r"Used (\d+) registers", line)):
            yield kernel, int(found.group(1)), stack, spills
            kernel = None


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    compiler = NVRTC(sys.argv[1])
    architectures = sys.argv[2:] or ["sm_60", "sm_70", "sm_80", "sm_90"]
    table, faults = {}, []
    for name, text in units():
        for architecture in architectures:
            compiles, log = compiler.compile(name, text, architecture)
            if not compiles or "warning #" in log:
                faults.append(f"{name} for {architecture}:\n{log}")
            for kernel, registers, stack, spills in usage(log):
                note = f" stack {stack}" if stack else ""
                table.setdefault(kernel, {})[architecture] = f"{registers}{note}"
                if spills:
                    faults.append(f"{kernel} for {architecture} spills {spills} bytes")
    print(f"Registers of each kernel, NVRTC {compiler.version}\n")
    print("| kernel | " + " | ".join(architectures) + " |")
    print("| --- |" + " ---: |" * len(architectures))
    for kernel, row in table.items():
        print(f"| {kernel} | " + " | ".join(row.get(a, "-") for a in architectures) + " |")
    print(f"\n{len(table)} kernels, {len(faults)} faults")
    for fault in faults:
        print(fault)
    sys.exit(1 if faults or not table else 0)


main()
