#!/usr/bin/env python3
"""Imports hostile weight files, one process each, and prints how each ends and what memory it takes at most.

usage: scripts/study/hostile.py FUSIONCTL GOOD_FILE [FOLDER ...]
  FUSIONCTL  the built program
  GOOD_FILE  a small sound file of a ResNet18, such as Tests/Fixtures/networks/pth/moco_resnet18_s2_13bands.pth
  FOLDER     folders with hostile files, such as Tests/Fixtures/hostile

Besides the files of the folders it makes bombs: small files that promise, or unpack to, far more than they hold. Peak
memory is the largest resident set of the process, as the system counts it. A bomb is bounded where its peak does not
exceed that of the good file by more than 8 MB. Pickles are read as the pickle of a zip archive. Nothing but the standard
library of Python is needed.
"""
import os
import pathlib
import struct
import sys
import tempfile
import zipfile

MEGA = 1 << 20


def text(value):
    data = value.encode()
    return b"X" + struct.pack("<I", len(data)) + data


def number(value):
    return b"J" + struct.pack("<i", value) if value < 1 << 31 else b"\x8a\x08" + struct.pack("<q", value)


def tensor(name, shape, strides, elements):
    """A pickle of one dictionary with one tensor, as torch.save writes it."""
    storage = b"(" + text("storage") + b"ctorch\nFloatStorage\n" + text("0") + text("cpu") + number(elements) + b"tQ"

    def numbers(values):
        return b"(" + b"".join(number(value) for value in values) + b"t"

    return (b"\x80\x02}(" + text(name) + b"ctorch._utils\n_rebuild_tensor_v2\n(" + storage + number(0) + numbers(shape)
            + numbers(strides) + b"\x89ccollections\nOrderedDict\n)RtRu.")


class Zeros:
    """A file of zeros that is never held in memory."""

    def __init__(self, size):
        self.left = size

    def read(self, count):
        count = min(count, self.left)
        self.left -= count
        return bytes(count)


def archive(path, pickle, zeros=None, announced=None):
    """A zip archive of PyTorch, deflated; `zeros` bytes of a storage, of which the directory announces fewer."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        with file.open("x/data.pkl", "w") as entry:
            if isinstance(pickle, bytes):
                entry.write(pickle)
            else:
                for piece in pickle:
                    entry.write(piece)
        if zeros is not None:
            source = Zeros(zeros)
            with file.open("x/data/0", "w") as entry:
                while piece := source.read(MEGA):
                    entry.write(piece)
    if announced is not None:
        data = bytearray(path.read_bytes())
        for magic, offset in [(b"PK\x03\x04", 22), (b"PK\x01\x02", 24)]:
            place = data.rfind(magic)
            data[place + offset:place + offset + 4] = struct.pack("<I", announced)
        path.write_bytes(data)


def overlapping(path, count):
    """A zip archive whose directory names the same data again and again."""
    archive(path, tensor("conv1.weight", [1], [1], 1), zeros=64 * MEGA)
    data = path.read_bytes()
    end = data.rfind(b"PK\x05\x06")
    size, start = struct.unpack("<II", data[end + 12:end + 20])
    last = data.rfind(b"PK\x01\x02", 0, end)
    entries = data[start:start + size] + b"".join(
        data[last:end].replace(b"x/data/0", b"x/d%05d" % index) for index in range(count))
    tail = bytearray(data[end:])
    tail[8:12] = struct.pack("<HH", count + 2, count + 2)
    tail[12:16] = struct.pack("<I", len(entries))
    path.write_bytes(data[:start] + entries + tail)


def bombs(folder):
    """Writes the bombs. Yields what each does, and its path."""
    shape, strides, count = [64, 13, 7, 7], [637, 49, 7, 1], 64 * 637

    def place(name):
        return folder / name

    yield "1 GB of zeros, 163 kB announced", place("announced.pth"), lambda path: archive(
        path, tensor("conv1.weight", shape, strides, count), zeros=1024 * MEGA, announced=4 * count)
    yield "1 GB of zeros, a kernel of 163 kB used", place("view.pth"), lambda path: archive(
        path, tensor("conv1.weight", shape, strides, 256 * MEGA), zeros=1024 * MEGA)
    yield "a tensor of 2⁴⁰ elements from one", place("stride0.pth"), lambda path: archive(
        path, tensor("conv1.weight", [1 << 20, 1 << 20], [0, 0], 1), zeros=4)
    yield "the right shape from 2⁴⁰ promised bytes", place("promised.pth"), lambda path: archive(
        path, tensor("conv1.weight", shape, strides, 1 << 38), zeros=4)
    yield "a pickle of 1 GB of zeros", place("pickle.pth"), lambda path: archive(
        path, (bytes(MEGA) for _ in range(1024)))
    yield "20 million nested tuples", place("nested.pth"), lambda path: archive(
        path, (piece for piece in [b"\x80\x02)"] + [b"\x85" * MEGA] * 20 + [b"."]))
    yield "20 million marks", place("marks.pth"), lambda path: archive(
        path, (piece for piece in [b"\x80\x02"] + [b"(" * MEGA] * 20 + [b"."]))
    yield "a tuple of 2⁶⁰ texts by doubling", place("doubling.pth"), lambda path: archive(
        path, b"\x80\x02" + text("ha") + b"2\x86" * 60 + b".")
    yield "a megabyte of text, 10,000 times by memo", place("memo.pth"), lambda path: archive(
        path, b"\x80\x02" + text("x" * MEGA) + b"q\x000]" + b"(" + b"h\x00" * 10_000 + b"e.")
    yield "10 million entries of the memo", place("memos.pth"), lambda path: archive(
        path, (piece for piece in [b"\x80\x04)"] + [b"\x94" * MEGA] * 10 + [b"."]))
    yield "3 million names", place("names.pth"), lambda path: archive(
        path, (piece for piece in [b"\x80\x02}("] + [b"".join(
            text("%07d" % (block * 1000 + index)) + b"K\x01" for index in range(1000)) for block in range(3000)]
            + [b"u."]))
    yield "60,000 entries with one and the same 64 MB", place("overlap.pth"), lambda path: overlapping(path, 60_000)


def run(program, path, out):
    """Imports a file. Returns the exit status, the last line and the peak of resident memory in bytes."""
    reader, writer = os.pipe()
    command = [program, "import", "--weights", path, "--out", out, "--force", "--partial", "--config", "s2",
               "--set", "model.architecture=resnet18"]
    child = os.fork()
    if child == 0:
        os.dup2(writer, 1)
        os.dup2(writer, 2)
        os.close(reader)
        os.execv(program, command)
    os.close(writer)
    with os.fdopen(reader, errors="replace") as pipe:
        lines = pipe.read().splitlines()
    _, status, usage = os.wait4(child, 0)
    return os.waitstatus_to_exitcode(status), lines[-1] if lines else "", usage.ru_maxrss * 1024


def main(program, good, *folders):
    program = str(pathlib.Path(program).resolve())
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        out = str(scratch / "out.h5")
        status, line, usual = run(program, good, out)
        if status != 0:
            sys.exit(f"hostile: the good file is refused: {line}")
        print("| file | size | exit | peak MB | how it ends |\n| --- | ---: | ---: | ---: | --- |")

        def row(title, path):
            status, line, peak = run(program, str(path), out)
            line = line.replace("fusionctl: ", "").replace(f"{path}: ", "").replace("|", "\\|")
            size = path.stat().st_size
            print(f"| {title} | {size:,} | {status} | {peak / 1e6:.0f} | {line[:110]} |", flush=True)
            return status, peak

        row("the good file", pathlib.Path(good))
        crashed, above = [], []

        def try_out(title, path):
            status, peak = row(title, path)
            if status not in (0, 1, 2, 64):
                crashed.append(title)
            if peak > usual + 8 * MEGA:
                above.append(title)

        for folder in folders:
            for path in sorted(pathlib.Path(folder).iterdir()):
                if path.suffix == ".pkl":
                    archive(scratch / "pickle.pth", path.read_bytes())
                    try_out(path.name, scratch / "pickle.pth")
                elif path.suffix != ".json":
                    try_out(path.name, path)
        for title, path, write in bombs(scratch):
            write(path)
            try_out(title, path)
            path.unlink()
        print(f"\npeak of the good file: {usual / 1e6:.0f} MB; above it: {', '.join(above) or 'none'}; "
              f"ended by a signal: {', '.join(crashed) or 'none'}")
        if pathlib.Path("PICKLE_WAS_EXECUTED.txt").exists():
            sys.exit("hostile: a pickle was executed")
        sys.exit(1 if crashed else 0)


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
