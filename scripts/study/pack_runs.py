"""Trains from a folder and from packs of it, and compares every number."""
import hashlib
import json

from pack_tools import require

CLOCK = ("seconds", "images_per_second", "data_wait_share")


def tensors(path):
    """SHA-256 of the tensors of a safetensors file: names, shapes and numbers, without the configuration of the run."""
    with open(path, "rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        header.pop("__metadata__", None)
        return hashlib.sha256(json.dumps(header, sort_keys=True).encode() + file.read()).hexdigest()


def outcome(study, out, data):
    """What a training leaves, without what depends on the clock: weights, metrics, and the test of its checkpoint."""
    found = {}
    for name in ("last", "best"):
        weights = study.folder / "weights.safetensors"
        study.must("export", "--checkpoint", out / f"checkpoints/{name}.h5", "--out", weights, "--quiet")
        found[f"the weights of {name}.h5"] = tensors(weights)
        weights.unlink()
    lines = [line.split(",") for line in (out / "metrics.csv").read_text().splitlines()]
    for column, title in enumerate(lines[0]):
        if title not in CLOCK:
            found[f"{title} of metrics.csv"] = [line[column] for line in lines]
    found["the test"] = json.loads(study.must("test", out, *data, "--threads", 1, "--json", "--quiet"))
    return found


def train(study, data, name, ranks, *flags):
    out = study.folder / name
    before = [] if ranks == 1 else ["mpirun", "--oversubscribe", "-n", str(ranks)]
    study.must("train", "--config", study.folder / "experiment.yaml", *data, "--out", out, *flags, "--quiet", before=before)
    return outcome(study, out, data)


def compare(found, expected, what):
    wrong = [name for name in expected if found.get(name) != expected[name]]
    require(not wrong and found.keys() == expected.keys(), f"{what}: differs in {', '.join(wrong)}")


def packs(study, tree):
    """Packs of a folder, by a name that tells how they are stored."""
    used = ["--config", study.folder / "experiment.yaml", "--bands", "used"]
    return {
        "none": ["--data", study.pack(tree, "run-none", "--shard-bytes", "512K")],
        "zstd": ["--data", study.pack(tree, "run-zstd", "--codec", "zstd", "--shard-bytes", "512K")],
        "zstd, used bands": ["--data", study.pack(tree, "run-used", "--codec", "zstd", "--shard-bytes", "512K", *used)],
    }


def run(study, options):
    study.experiment()
    tree = study.tree("run-data", 32, 10, 8)
    for ranks in (1, 2):
        expected = train(study, tree, f"tree-{ranks}", ranks)
        names = []
        for name, data in packs(study, tree).items():
            for policy in ("first", "always") if name == "none" else ("first",):
                label = f"{name}, data.verify {policy}"
                found = train(study, data, f"pack-{len(names)}-{ranks}", ranks, "--set", f"data.verify={policy}")
                compare(found, expected, f"{label}, {ranks} ranks")
                names.append(label)
        yield (f"{ranks} rank{'s' * (ranks > 1)}: trainings from {len(names)} packs ({'; '.join(names)}) equal that from the "
               f"folder to the bit: weights, {len(expected) - 3} columns of metrics, and the test")
