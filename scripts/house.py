#!/usr/bin/env python3
"""Checks the structure of the package: the imports between modules, and the sizes of files and functions.

Reads the manifest (`swift package dump-package`) and every Swift source, and fails on:
  - an import of a module that the target does not declare in Package.swift, or a declared module without import;
  - an import of a module on the same floor of FLOORS, or on a higher one;
  - a file of more than 300 lines;
  - a function or initialiser with more than seven parameters;
  - a public declaration without `///`.

usage: scripts/house.py [FOLDER]
"""
import json
import pathlib
import re
import subprocess
import sys

# From the lowest floor up. A module imports only modules on lower floors.
FLOORS = [
    ["CThreads", "CAllocations", "CStartup", "COpenBLAS", "CGDAL", "CHDF5", "CZstd", "CZlib",
     "CMPI", "CCUDA", "CCrypto", "CChecksums", "CCairo"],
    ["CKernels", "CRaster", "CPacks", "Basics", "Protobuf"],
    ["Networks", "Metrics", "Presentation", "Plots", "Pictures", "TensorBoard", "YAML", "Tables", "Pickles",
     "HDF5Storage", "Rasters", "Cluster"],
    ["CPUEngine", "CUDAEngine", "Architectures", "Imagery", "Checkpoints"],
    ["DataSets", "ForeignWeights", "ONNXFiles"],
    ["SEN12MS", "Packs"],
    ["Experiments"],
    ["Training"],
    ["Reports", "Benchmarks", "Diagnostics", "Maps"],
    ["fusionctl", "gpucheck"],
]
LINES = 300
PARAMETERS = 7
MODIFIERS = r"(?:@\w+(?:\([^)]*\))?\s+|\w+(?:\(set\))?\s+)*"


def without_text(source):
    """The source with comments and string literals replaced by spaces; lines keep their numbers."""
    def blank(match):
        return re.sub(r"[^\n]", " ", match.group())
    pattern = r'"""(?:\\.|(?!""").)*"""|#"(?:(?!"#).)*"#|"(?:\\\((?:[^()\n]|\((?:[^()\n]|\([^()\n]*\))*\))*\)|\\.|[^"\\\n])*"|//[^\n]*|/\*.*?\*/'
    return re.sub(pattern, blank, source, flags=re.DOTALL)


def parameters(code, start):
    """Number of parameters of the list that begins with the parenthesis at `start`."""
    depth, commas, angles, filled = 0, 0, 0, False
    for index in range(start, len(code)):
        letter = code[index]
        if letter in "([{":
            depth += 1
        elif letter in ")]}":
            depth -= 1
            if depth == 0:
                return commas + 1 if filled else 0
        elif letter == "<" and code[index - 1].isalnum():
            angles += 1
        elif letter == ">" and angles and code[index - 1] != "-":
            angles -= 1
        elif letter == "," and depth == 1 and angles == 0:
            commas += 1
        if depth >= 1 and index > start and not letter.isspace():
            filled = True
    return 0


def imports(code):
    """Modules that a source imports, with the line of each."""
    kinds = r"(?:struct|class|enum|protocol|func|var|let|typealias)\s+"
    pattern = rf"^\s*(?:@\w+\s+|package\s+|public\s+|internal\s+)*import\s+(?:{kinds})?(\w+)"
    for match in re.finditer(pattern, code, re.MULTILINE):
        yield match.group(1), code.count("\n", 0, match.start(1)) + 1


def declared(target):
    """Modules that a target declares, with the products of other packages by their own names."""
    names = set()
    for dependency in target["dependencies"]:
        for kind in ("byName", "target", "product"):
            if kind in dependency:
                names.add(dependency[kind][0])
    return names


def folder(target):
    tests = target["type"] == "test"
    return pathlib.Path(target.get("path") or f"{'Tests' if tests else 'Sources'}/{target['name']}")


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
    dump = subprocess.run(
        ["swift", "package", "--package-path", root, "--scratch-path", root / ".build/house", "dump-package"],
        check=True, capture_output=True, text=True)
    manifest = json.loads(dump.stdout)
    floor = {name: level for level, names in enumerate(FLOORS) for name in names}
    targets = {target["name"]: target for target in manifest["targets"]}
    products = {"ArgumentParser", "Yams", "Logging"}
    faults, total, files = [], 0, 0
    long_files, long_lists, undocumented = [], [], []
    for name, target in targets.items():
        ours = target["type"] in ("regular", "executable") and str(folder(target)).startswith("Sources")
        if ours and name not in floor:
            faults.append(f"{name}: stands on no floor; name it in scripts/house.py")
        allowed, used = declared(target), set()
        sources = sorted((root / folder(target)).rglob("*.swift"))
        for path in sources:
            place = path.relative_to(root)
            text = path.read_text()
            code = without_text(text)
            lines = text.splitlines()
            files += 1
            if len(lines) > LINES:
                long_files.append(f"{place}: {len(lines)} lines")
            for module, line in imports(code):
                if module not in targets and module not in products:
                    continue
                total += 1
                used.add(module)
                if module not in allowed:
                    faults.append(f"{place}:{line}: imports {module}, which {name} does not declare in Package.swift")
                elif ours and module in targets and floor.get(module, 0) >= floor.get(name, 0):
                    faults.append(f"{place}:{line}: {name} imports {module}, which does not stand below it")
            for match in re.finditer(r"\b(?:func\s+[^\s(<]+|init[?!]?|subscript)\s*(?:<[^({]*>)?\(", code):
                before = code[:match.start()].rpartition("\n")[2]
                if "." in before[-1:] or not re.fullmatch(rf"\s*{MODIFIERS}", before):
                    continue
                count = parameters(code, match.end() - 1)
                if count > PARAMETERS:
                    line = code.count("\n", 0, match.start()) + 1
                    long_lists.append(f"{place}:{line}: {count} parameters")
            for number, line in enumerate(code.splitlines()):
                if re.match(r"\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:public|open)\s+(?!import|extension)", line):
                    above = number - 1
                    while above >= 0 and lines[above].strip().startswith("@"):
                        above -= 1
                    if above < 0 or not lines[above].strip().startswith("///"):
                        undocumented.append(f"{place}:{number + 1}: {line.strip()}")
        swift = {d for d in allowed if d in targets and targets[d]["type"] != "executable"}
        if sources and (idle := swift - used):
            faults.append(f"{name}: declares {', '.join(sorted(idle))} and imports nothing of it")
    for fault in faults + long_files + long_lists + undocumented:
        print(fault)
    print(
        f"house: {total} imports of {len(targets)} targets in {files} files, {len(faults)} undeclared, idle or upward; "
        f"{len(long_files)} files over {LINES} lines, {len(long_lists)} functions over {PARAMETERS} parameters, "
        f"{len(undocumented)} public names without ///")
    sys.exit(1 if faults or long_files or long_lists or undocumented else 0)


main()
