"""Writes the files of this folder with h5py. Element i of every array of numbers comes from n = (37 i + 11) mod 251."""
import sys

import h5py
import numpy as np

folder = sys.argv[1]


def numbers(shape, dtype):
    n = (37 * np.arange(int(np.prod(shape))) + 11) % 251
    dtype = np.dtype(dtype)
    if dtype.kind == "f":
        n = n / 8 - 3
    elif dtype.kind == "i":
        n = n - 125
    return n.reshape(shape).astype(dtype)


def arrays(f):
    types = f.create_group("types")
    for name in ["i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f4", "f8"]:
        for order in "<>":
            types[("be_" if order == ">" else "le_") + name] = numbers((5, 3), order + name)
    types["bool"] = numbers((6,), "u1") > 100
    chunks = f.create_group("chunks")
    a = numbers((23, 6, 7, 3), "u2")
    for name, shape, options in [
        ("rows", (4, 6, 7, 3), {}), ("one", (1, 6, 7, 3), {"compression": "gzip", "shuffle": True}),
        ("parts", (5, 4, 2, 2), {}), ("parts_gzip", (5, 4, 2, 2), {"compression": "gzip"}),
        ("all", (5, 6, 3, 3), {"compression": "gzip", "shuffle": True, "fletcher32": True}),
        ("sums", (10, 2, 7, 3), {"fletcher32": True}), ("shuffled", (10, 2, 7, 1), {"shuffle": True}),
    ]:
        chunks.create_dataset(name, data=a, chunks=shape, **options)
    chunks.create_dataset("plane", data=numbers((23, 6, 7), "u2"), chunks=(1, 6, 7))
    chunks.create_dataset("grown", data=numbers((40,), "f8"), chunks=(16,), maxshape=(None,))
    chunks.create_dataset("big", data=numbers((9, 5), ">f8"), chunks=(4, 2), compression="gzip")
    texts = f.create_group("texts")
    words = ["Berlin", "", "Köln", "São Paulo", "x" * 40]
    texts.create_dataset("variable", data=np.array(words, dtype=object), dtype=h5py.string_dtype())
    texts.create_dataset("column", data=np.array(words, dtype=object)[:, None], dtype=h5py.string_dtype())
    texts["fixed"] = np.array([w.encode() for w in words], "S48")
    space = h5py.h5t.C_S1.copy()
    space.set_size(12)
    space.set_strpad(h5py.h5t.STR_SPACEPAD)
    d = h5py.h5d.create(texts.id, b"spaced", space, h5py.h5s.create_simple((2,)))
    d.write(h5py.h5s.ALL, h5py.h5s.ALL, np.array([b"Rome        ", b"New York    "], "S12"), space)
    texts.create_dataset("latin", data=np.array([b"K\xf6ln"], "S4"))
    many = f.create_group("many")
    for number in range(40):
        many[f"array number {number}"] = numbers((number + 1,), "u1")
    compact = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    compact.set_layout(h5py.h5d.COMPACT)
    d = h5py.h5d.create(f.id, b"compact", h5py.h5t.STD_I16LE, h5py.h5s.create_simple((4, 2)), compact)
    d.write(h5py.h5s.ALL, h5py.h5s.ALL, numbers((4, 2), "i2"))
    f.create_dataset("empty", shape=(0, 4), dtype="f4")


with h5py.File(f"{folder}/old.h5", "w", libver=("earliest", "v108")) as f:
    arrays(f)
with h5py.File(f"{folder}/new.h5", "w", libver=("v108", "v108"), userblock_size=1024) as f:
    arrays(f)
with h5py.File(f"{folder}/latest.h5", "w", libver=("v110", "v110")) as f:
    a = numbers((23, 6, 7, 3), "u2")
    for name, chunks, options in [
        ("single", (23, 6, 7, 3), {}), ("single_gzip", (23, 6, 7, 3), {"compression": "gzip"}),
        ("table", (5, 4, 2, 2), {}), ("table_gzip", (5, 4, 2, 2), {"compression": "gzip", "shuffle": True}),
        ("tree", (5, 4, 2, 2), {"maxshape": (None, None, 7, 3)}),
        ("tree_gzip", (5, 4, 2, 2), {"maxshape": (None, None, 7, 3), "compression": "gzip"}),
        ("extensible", (5, 4, 2, 2), {"maxshape": (None, 6, 7, 3)}),
    ]:
        f.create_dataset(name, data=a, chunks=chunks, **options)
    f.create_dataset("paged", data=numbers((3000,), "u1"), chunks=(2,))
    early = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    early.set_chunk((5, 4, 2, 2))
    early.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
    d = h5py.h5d.create(f.id, b"implicit", h5py.h5t.STD_U16LE, h5py.h5s.create_simple(a.shape), early)
    d.write(h5py.h5s.ALL, h5py.h5s.ALL, a)
with h5py.File(f"{folder}/refused.h5", "w", libver=("earliest", "v110")) as f:
    f["numbers"] = numbers((4, 3), "f4")
    f["outside"] = h5py.ExternalLink("other.h5", "/numbers")
    f["other_name"] = h5py.SoftLink("/numbers")
    layout = h5py.VirtualLayout(shape=(4, 3), dtype="f4")
    layout[:] = h5py.VirtualSource("other.h5", "numbers", shape=(4, 3))
    f.create_virtual_dataset("virtual", layout)
    f.create_dataset("lzf", data=numbers((4, 3), "f4"), compression="lzf")
    f.create_dataset("scaled", data=numbers((4, 3), "i4"), scaleoffset=0)
    f.create_dataset("elsewhere", shape=(4, 3), dtype="f4", external=[("/etc/passwd", 0, 48)])
    f["compound"] = np.zeros(3, [("a", "f4"), ("b", "i4")])
    f["half"] = numbers((4, 3), "f2")
    f["complex"] = np.zeros((4, 3), "c8")
    f["scalar"] = 1.5
    f.create_dataset("unwritten", shape=(4, 3), dtype="f4")
    f.create_dataset("half_written", shape=(4, 3), dtype="f4", chunks=(1, 3))[1] = 1
    f.create_group("group")["inside"] = numbers((2,), "u1")
    f.create_dataset("ragged", shape=(2,), dtype=h5py.vlen_dtype("i4"))
