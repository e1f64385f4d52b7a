"""Reads files with other programs' readers and sums their values as MutationProbe does."""
import math
import os
import pickle
import re
import struct
import warnings
import zlib

import h5py
import numpy
import rasterio
import rasterio.errors
import safetensors
import yaml

warnings.filterwarnings("ignore")
DAMAGED = "ROIs1868_summer_s2_146_p202.tif"


class Sum:
    """CRC-32 and the number of bytes."""

    def __init__(self):
        self.state = 0
        self.count = 0

    def add(self, data):
        data = data.encode() if isinstance(data, str) else bytes(data)
        self.state = zlib.crc32(data, self.state)
        self.count += len(data)

    def floats(self, values):
        values = numpy.ascontiguousarray(values, dtype="<f4").copy()
        values[numpy.isnan(values)] = numpy.frombuffer(b"\x00\x00\xc0\x7f", dtype="<f4")[0]
        self.add(values.tobytes())

    def text(self):
        return f"{self.state}-{self.count}"


class Unpickler(pickle.Unpickler):
    """A reader of pickles that imports only the names that lists and labels need."""

    def find_class(self, module, name):
        allowed = {"_reconstruct", "scalar", "ndarray", "dtype", "OrderedDict", "encode", "_frombuffer"}
        if name not in allowed:
            raise pickle.UnpicklingError(f"{module}.{name}")
        return super().find_class(module, name)


def unpickle(path):
    with open(path, "rb") as file:
        return Unpickler(file, encoding="latin1").load()


def tiff(path):
    total = Sum()
    with rasterio.open(path) as source:
        values = source.read(masked=True)
        total.add(f"{source.height} {source.width}")
        scales = numpy.asarray(source.scales).reshape(-1, 1, 1)
        offsets = numpy.asarray(source.offsets).reshape(-1, 1, 1)
    if (scales != 1).any() or (offsets != 0).any():
        values = values.astype("f8") * scales + offsets
    values = values.astype("<f4").filled(numpy.float32("nan"))
    total.floats(numpy.moveaxis(values, 0, -1))
    return total.text()


def labels(path):
    total = Sum()
    for name, values in sorted(unpickle(path).items()):
        total.add(name)
        total.add(numpy.asarray([float(value) for value in values], dtype="<f8").tobytes())
    return total.text()


def names(path):
    total = Sum()
    if path.endswith(".txt"):
        with open(path, "rb") as file:
            found = [line.strip(b" \t\r").decode() for line in file.read().removeprefix(b"\xef\xbb\xbf").split(b"\n")]
        found = [name for name in found if name]
    else:
        found = [name.decode() if isinstance(name, bytes) else str(name) for name in unpickle(path)]
    for name in found:
        if name != DAMAGED:
            total.add(name + "\n")
    return total.text()


TYPES = {"F32": "<f4", "F16": "<f2", "F64": "<f8"}


def floats(entry):
    if entry["dtype"] == "BF16":
        wide = numpy.frombuffer(bytes(entry["data"]), dtype="<u2").astype("<u4") << 16
        return wide.view("<f4")
    with numpy.errstate(over="ignore"):
        return numpy.frombuffer(bytes(entry["data"]), dtype=TYPES[entry["dtype"]]).astype("<f4")


def tensors(path):
    total = Sum()
    with open(path, "rb") as file:
        entries = sorted(safetensors.deserialize(file.read()), key=lambda entry: entry[0].encode())
    for name, entry in entries:
        if entry["dtype"] in TYPES or entry["dtype"] == "BF16":
            total.add(f"{name} [{', '.join(map(str, entry['shape']))}]")
            total.floats(floats(entry))
    for name, entry in entries:
        if entry["dtype"] == "I64" and len(entry["data"]) == 8:
            total.add(name)
            total.add(entry["data"])
    with safetensors.safe_open(path, framework="numpy") as file:
        metadata = file.metadata() or {}
    for key, value in sorted(metadata.items(), key=lambda pair: pair[0].encode()):
        total.add(f"{key}={value}")
    return total.text()


def checkpoint(path):
    total = Sum()

    def text(item):
        value = item[()]
        return value.decode() if isinstance(value, bytes) else bytes(value).decode()

    def add(group):
        for name in sorted(group, key=str.encode):
            item = group[name]
            if item.dtype == numpy.float32:
                total.add(f"{name} [{', '.join(map(str, item.shape))}]")
                total.floats(item[()])

    with h5py.File(path, "r") as file:
        add(file["parameters"])
        add(file["buffers"])
        for name in sorted(name for name in file["buffers"] if file["buffers"][name].dtype != numpy.float32):
            total.add(name)
            total.add(struct.pack("<q", int(file["buffers"][name][()])))
        if "optimizer" in file:
            for slot in sorted(file["optimizer/slots"], key=str.encode):
                add(file["optimizer/slots"][slot])
        progress = file["progress"].attrs
        keys = ("epoch", "step_in_epoch", "global_step", "position", "seed")
        total.add(" ".join(str(int(progress[key])) for key in keys))
        total.add(text(file["experiment"]))
        total.add(text(file["history"]))
        for key in sorted(file["metadata"]):
            total.add(f"{key}={text(file['metadata'][key])}")
    return total.text()


def scalar(text):
    """A value as configurations compare it: numbers by value, everything else by its text."""
    if isinstance(text, list):
        return [scalar(item) for item in text]
    if re.fullmatch(r"[+-]?\d+", text):
        return int(text)
    try:
        return float(text)
    except ValueError:
        return None if text.lower() in ("", "~", "null") else text


def same(left, right):
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, float) or isinstance(right, float):
        return isinstance(left, (int, float)) and isinstance(right, (int, float)) and math.isclose(left, right, rel_tol=1e-15)
    return left == right


def flat(document):
    pairs = {}
    for key, value in (document or {}).items():
        if isinstance(value, dict):
            pairs.update({f"{key}.{name}": scalar(item) for name, item in value.items()})
        else:
            pairs[key] = scalar(value)
    return pairs


def load(text):
    """Reads YAML without converting values. PyYAML's own scanner refuses a tab before a colon, libYAML's does not."""
    try:
        return yaml.load(text, Loader=yaml.BaseLoader)
    except yaml.scanner.ScannerError:
        return yaml.load(text, Loader=yaml.CBaseLoader)


def configuration_difference(path, written):
    """`written` is the whole experiment that was read: it must hold every value of the file."""
    with open(path, encoding="utf-8-sig", newline="") as file:
        given = flat(load(file.read()))
    whole = flat(yaml.load(written, Loader=yaml.BaseLoader))
    groups = {key.split(".")[0] for key in whole if "." in key}
    for key, value in given.items():
        if key in groups and value is None:
            continue
        if key not in whole or not same(whole[key], value):
            return f"{key} is {value!r} there, {whole.get(key)!r} here"
    return None


READERS = {"tiff": tiff, "labels": labels, "list": names, "safetensors": tensors, "checkpoint": checkpoint}


def difference(kind, path, digest):
    """What the second reader finds instead; None if it finds the same. Some readers crash, so each has its process."""
    inlet, outlet = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(inlet)
        os.write(outlet, (difference_here(kind, path, digest) or "").encode()[:2000])
        os._exit(0)
    os.close(outlet)
    with os.fdopen(inlet, "rb") as pipe:
        found = pipe.read().decode(errors="replace")
    status = os.waitpid(child, 0)[1]
    return f"the reader itself died of signal {status & 127}" if status else found or None


def difference_here(kind, path, digest):
    try:
        if kind == "configuration":
            return configuration_difference(path, digest)
        found = READERS[kind](path)
    except Exception as error:  # Whatever another reader throws is a difference.
        return f"{type(error).__name__}: {str(error)[:200]}"
    return None if found == digest else f"{found} there, {digest} here"
