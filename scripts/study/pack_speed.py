#!/usr/bin/env python3
"""The parts of pack_speed.sh that are not fusionctl.

    pack_speed.py make PATCHES OUT COUNT     writes variants of some patches as a data set
    pack_speed.py drop PATH                  drops the files below a path from the system's cache
    pack_speed.py read PACK COUNT THREADS    reads blocks of the size of a patch from a pack, and does nothing with them
    pack_speed.py table RESULTS              prints the results as Markdown
"""
import json
import os
import pathlib
import pickle
import random
import re
import shutil
import statistics
import sys
import threading
import time

READERS = {
    "tree": "files", "none": "pack, once verified", "none-verified": "pack, verified in each pass",
    "none-used": "pack, used bands, once verified", "zstd": "pack zstd, once verified",
    "zstd-used": "pack zstd, used bands, once verified", "pread": "pread of a patch's bytes, and no more", "peer": "PyTorch's loader on the files",
}


def pairs(folder):
    """The pairs of files of both sensors below a folder of SEN12MS."""
    found = []
    for optical in sorted(folder.glob("ROIs*/s2_*/*.tif")):
        radar = pathlib.Path(re.sub(r"s2_(?=\d)", "s1_", str(optical.relative_to(folder))))
        if (folder / radar).exists():
            found.append((optical, folder / radar))
    if not found:
        sys.exit(f"pack_speed: {folder} holds no patch of both sensors (ROIs…/s2_…/*.tif and the same of s1)")
    return found


def variant(pixels, number):
    """The pixels `[bands, height, width]`, rolled, turned and mirrored in a way of their own."""
    import numpy as np

    turned = np.rot90(pixels, number % 4, axes=(1, 2))
    if number // 4 % 2:
        turned = turned[:, :, ::-1]
    return np.roll(turned, (37 * number % 256, 101 * number % 256), axis=(1, 2))


def make(patches, out, count):
    import numpy as np
    import rasterio

    sources = pairs(patches)
    names = []
    # Two patches more: a validation list must not be empty.
    for number in range(count + 2):
        name = f"ROIs1158_spring_s2_{1 + number // 100}_p{number}.tif"
        names.append(name)
        for sensor, source in zip(("s2", "s1"), sources[number % len(sources)]):
            path = out / "ROIs1158_spring" / f"{sensor}_{1 + number // 100}" / name.replace("_s2_", f"_{sensor}_")
            path.parent.mkdir(parents=True, exist_ok=True)
            # The copy keeps the layout of the file; only samples are written into it.
            shutil.copyfile(source, path)
            path.chmod(0o644)
            with rasterio.open(path, "r+") as file:
                file.write(np.ascontiguousarray(variant(file.read(), number)))
            require_layout(path, source)
    lists = out / "lists"
    lists.mkdir()
    for split, part in (("train", names[:count]), ("val", names[count:])):
        (lists / f"{split}_list.pkl").write_bytes(pickle.dumps(part))
    labels = {name: np.eye(17)[number % 16] for number, name in enumerate(names)}
    (lists / "IGBP_probability_labels.pkl").write_bytes(pickle.dumps(labels))


def require_layout(path, source):
    """Samples are replaced in their places, so the file keeps its length."""
    if path.stat().st_size != source.stat().st_size:
        sys.exit(f"pack_speed: {path} has {path.stat().st_size} bytes, {source} {source.stat().st_size}")


def drop(folder):
    for path in folder.rglob("*"):
        if path.is_file():
            descriptor = os.open(path, os.O_RDONLY)
            os.fsync(descriptor)
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(descriptor)


def read(pack, count, threads):
    """Prints the rates of passes over the shard of training patches: the bound of every reader of the pack."""
    path = pack / "train-00000.h5"
    length = path.stat().st_size // count
    descriptor = os.open(path, os.O_RDONLY)
    rates = []
    for _ in range(4):
        blocks = random.sample(range(count), count)
        rooms = [bytearray(length) for _ in range(threads)]

        def work(number):
            for block in blocks[number::threads]:
                os.preadv(descriptor, [rooms[number]], block * length)

        workers = [threading.Thread(target=work, args=[number]) for number in range(threads)]
        start = time.perf_counter()
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        rates.append(count / (time.perf_counter() - start))
    print(json.dumps({"patchesPerSecond": {"all": rates}}))


def rates(path, name):
    """Patches a second: those of warm passes, and that of the cold one."""
    document = json.loads(path.read_text())
    if name in ("peer", "pread"):
        every = document["patchesPerSecond"]["all"]
        return every[1:], every[0]
    data = document["data"]
    warm = [data["patches"] * data["passes"] / seconds for seconds in data["epochSeconds"]["all"]]
    return warm, data["patches"] / data["firstPassSeconds"]


def table(folder):
    found = {}
    for path in sorted(folder.glob("*.json")):
        _, threads, name = path.stem.split("-", 2)
        warm, cold = rates(path, name)
        kept = found.setdefault((name, int(threads)), ([], []))
        kept[0].extend(warm)
        kept[1].append(cold)
    document = json.loads(next(folder.glob("*-tree.json")).read_text())
    print(f"{document['machine'].get('processor', 'processor')}; {document['data']['patches']} patches of "
          f"{document['data']['size']} pixels, batches of {document['network']['batchSize']}; medians of patches a second, "
          "in brackets lowest and highest\n")
    for title, kind in (("warm", 0), ("cold", 1)):
        print(f"| {title} | 1 thread | × files | 2 threads | × files |\n| --- | ---: | ---: | ---: | ---: |")
        for name, words in READERS.items():
            if (name, 1) not in found:
                continue
            cells = []
            for threads in (1, 2):
                values = found[name, threads][kind]
                base = statistics.median(found["tree", threads][kind])
                cells.append(f"{statistics.median(values):,.0f} ({min(values):,.0f}–{max(values):,.0f})")
                cells.append(f"{statistics.median(values) / base:.2f}")
            print(f"| {words} | {' | '.join(cells)} |")
        print()


def main():
    words = sys.argv[1:]
    paths = [pathlib.Path(word) for word in words[1:3]]
    match words:
        case ["make", _, _, count]:
            make(*paths, int(count))
        case ["drop", _]:
            drop(*paths)
        case ["read", _, count, threads]:
            read(paths[0], int(count), int(threads))
        case ["table", _]:
            table(*paths)
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
