"""Changes bytes of packs, one at a time, verifies and reads them."""
import collections
import concurrent.futures
import random
import shutil

from pack_tools import Fault, digests, require

# What the first line of `pack --verify` says tells where the byte lies.
PLACES = {
    "samples": "its bytes have the CRC-32C",
    "padding between chunks": "the bytes behind them are not zeros",
    "pack.json": "pack.json: is damaged",
}


def place(line):
    return next((name for name, text in PLACES.items() if text in line), "tables of a shard")


def readers(study, run, pack):
    """By split: a command that reads all of its patches, both sensors, as a run does."""
    experiment = study.folder / "experiment.yaml"
    return {
        "train": ["stats", "--config", experiment, "--data", pack, "--threads", 1, "--quiet"],
        "validation": ["validate", run, "--data", pack, "--threads", 1, "--quiet"],
        "test": ["test", run, "--data", pack, "--threads", 1, "--quiet"],
    }


def flip(study, codec, count, tree, run):
    """Changes `count` bytes of a pack. Returns how many of them each check found, by place."""
    sound = study.pack(tree, f"flip-{codec}", "--codec", codec, "--shard-bytes", "64K")
    pack = study.folder / f"flipped-{codec}"
    shutil.copytree(sound, pack)
    files = [(path, path.stat().st_size) for path in sorted(pack.iterdir())]
    total = sum(size for _, size in files)
    commands = readers(study, run, pack)
    for name, command in commands.items():
        require(study.run(*command).returncode == 0, f"{codec}: the sound pack cannot be read: {name}")
    numbers = random.Random(f"{study.seed} {codec}")
    found = collections.Counter()
    for number in range(count):
        # Every twentieth change is one of pack.json, which is small.
        position = numbers.randrange(total)
        path, offset = files[0]
        if number % 20:
            for path, size in files:
                if position < size:
                    break
                position -= size
            offset = position
        else:
            offset = numbers.randrange(files[0][1])
        change = numbers.randrange(1, 256)
        with open(path, "r+b") as file:
            file.seek(offset)
            byte = file.read(1)[0]
            file.seek(offset)
            file.write(bytes([byte ^ change]))
        verified = study.run("pack", "--verify", pack, "--quiet")
        split = "train" if path.name == "pack.json" else path.name.split("-")[0]
        read = study.run(*commands[split])
        what = f"{codec}: byte {offset} of {path.name}, {byte} changed to {byte ^ change}"
        for name, ended in (("pack --verify", verified), (commands[split][0], read)):
            if ended.returncode < 0 or ended.returncode > 128:
                raise Fault(f"{what}: {name} ended by signal {ended.returncode}")
        if verified.returncode == 0 or read.returncode == 0:
            missed = "pack --verify" if verified.returncode == 0 else commands[split][0]
            raise Fault(f"{what}: {missed} did not find it")
        lines = read.stderr.splitlines()
        require(len(lines) == 1 and pack.name in lines[0], f"{what}: {commands[split][0]} printed {read.stderr}")
        found[place(verified.stderr)] += 1
        with open(path, "r+b") as file:
            file.seek(offset)
            file.write(bytes([byte]))
    require(digests(pack) == digests(sound), f"{codec}: the changes were not undone")
    study.must("pack", "--verify", pack, "--quiet")
    return found, len(files) - 1, total


def run(study, options):
    experiment = study.experiment()
    tree = study.tree("flip-data", 16, 6, 6)
    trained = study.folder / "flip-run"
    study.must("train", "--config", experiment, *tree, "--epochs", 1, "--out", trained, "--quiet")
    # Two packs at once: they have nothing in common.
    shares = {"none": (options.flips + 1) // 2, "zstd": options.flips // 2}
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        jobs = {codec: pool.submit(flip, study, codec, count, tree, trained) for codec, count in shares.items()}
        for codec, job in jobs.items():
            found, shards, total = job.result()
            parts = ", ".join(f"{count} in {name}" for name, count in found.most_common())
            yield (f"{codec}, {shards} shards, {total} bytes: all {found.total()} changed bytes found by pack --verify and by "
                   f"reading ({parts})")
