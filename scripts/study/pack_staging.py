"""Trains from packs whose shards are copied to a folder of the node, undisturbed and disturbed, and compares every number."""
import os
import re
import shutil
import signal
import subprocess
import time

import pack_runs
from pack_faults import memory_disk
from pack_tools import require, require_line


def start(study, data, name, ranks, stage, *settings, before=()):
    """A training that stages shards."""
    parallel = [] if ranks == 1 else ["mpirun", "--oversubscribe", "-n", str(ranks)]
    return study.start(
        "train", "--config", study.folder / "experiment.yaml", *data, "--out", study.folder / name, "--quiet",
        "--set", f"data.stage={stage}", *settings, before=[*before, *parallel])


def log(study, name):
    path = study.folder / name / "train.log"
    return path.read_text() if path.exists() else ""


def require_outcome(study, process, name, data, expected, said, what):
    """Requires that a training ended with the numbers of the undisturbed one, and that it said what it should."""
    _, text = process.communicate()
    require(process.returncode == 0, f"{what}: status {process.returncode}: {text[-500:]}")
    require(re.search(said, log(study, name)), f"{what}: train.log has no line like '{said}'")
    pack_runs.compare(pack_runs.outcome(study, study.folder / name, data), expected, what)


def require_empty(stage, what):
    left = [str(path.relative_to(stage)) for path in stage.rglob("*")]
    require(not left, f"{what}: left {', '.join(left)}")


def copies(stage):
    return list(stage.glob("fusionctl-*/*.h5"))


def undisturbed(study, packs, tree):
    """Weights and metrics from the folder and from copies of packs are the same."""
    expected, count = {}, 0
    stage = study.folder / "stage"
    stage.mkdir()
    for ranks in (1, 2):
        expected[ranks] = pack_runs.train(study, tree, f"unstaged-{ranks}", ranks)
        for codec, data in packs.items():
            name, what = f"staged-{codec}-{ranks}", f"{codec}, staged, {ranks} ranks"
            process = start(study, data, name, ranks, stage)
            require_outcome(study, process, name, data, expected[ranks], r"staged (\d+) of \1 shards", what)
            require_empty(stage, what)
            count += 1
    return expected, f"{count} trainings from copies of packs (none and zstd, one rank and two) equal those from the folder to the bit"


def two_jobs(study, data, expected):
    """Pairs of trainings in one folder; then pairs of which one is killed while a shard is copied, and both."""
    stage = study.folder / "stage"
    pairs, killed, partial, left = 3, 4, 0, 0
    for number in range(pairs):
        names = [f"pair-{number}-{one}" for one in "ab"]
        jobs = [start(study, data, name, 1, stage) for name in names]
        for job, name in zip(jobs, names):
            require_outcome(study, job, name, data, expected, r"staged (\d+) of \1 shards", f"two jobs at once, {name}")
        require_empty(stage, "two jobs at once")
    for number in range(killed):
        names = [f"killed-{number}-{one}" for one in "ab"]
        jobs = [start(study, data, name, 1, stage) for name in names]
        # The first that copies a shard is killed; nobody knows which one that is, so one of the two is.
        while not list(stage.glob("fusionctl-*/.*.partial")) and all(job.poll() is None for job in jobs):
            time.sleep(0.0002)
        partial += bool(list(stage.glob("fusionctl-*/.*.partial")))
        victim = number % 2
        jobs[victim].send_signal(signal.SIGKILL)
        jobs[victim].communicate()
        require_outcome(study, jobs[1 - victim], names[1 - victim], data, expected, r"staged (\d+) of \1 shards",
                        "two jobs, one of them killed")
        require_empty(stage, "two jobs, one of them killed")
    for number in range(2):
        job = start(study, data, f"alone-{number}", 1, stage)
        while not copies(stage) and job.poll() is None:
            time.sleep(0.0002)
        job.send_signal(signal.SIGKILL)
        job.communicate()
        left += len(copies(stage))
        job = start(study, data, f"next-{number}", 1, stage)
        require_outcome(study, job, f"next-{number}", data, expected, r"staged (\d+) of \1 shards", "the run after a killed one")
        require_empty(stage, "the run after a killed one")
    return (f"{pairs} pairs that copied at once; {killed} pairs of which one was killed, {partial} while a shard was being "
            f"copied; 2 runs after a killed one, which had left {left} copies: all equal to the bit, nothing left in the folder")


def limits(study, data, expected):
    """Folders that are small, absent or closed, and copies that are damaged."""
    stage = study.folder / "stage"
    with memory_disk(study, 3 << 19) as disk:
        job = start(study, data, "small-disk", 1, disk)
        require_outcome(study, job, "small-disk", data, expected, r"staged [1-5] of 6 shards .*: the others are read from the pack",
                        "a small disk")
        require_empty(disk, "a small disk")
    job = start(study, data, "bounded", 1, stage, "data.stage_bytes=1M")
    require_outcome(study, job, "bounded", data, expected, r"staged [1-5] of 6 shards .*data.stage_bytes allows no more", "data.stage_bytes")
    require_empty(stage, "data.stage_bytes")

    absent = start(study, data, "absent", 1, study.folder / "no-folder")
    _, text = absent.communicate()
    require_line(subprocess.CompletedProcess([], absent.returncode, "", text), r"data.stage \S+: does not exist; .*",
                 "an absent folder")

    closed, own = study.folder / "closed-stage", study.folder / "of-nobody"
    closed.mkdir(mode=0o555)
    own.mkdir()
    os.chown(own, 65534, 65534)
    user = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
    job = start(study, data, "of-nobody/run", 1, closed, before=user)
    require_outcome(study, job, "of-nobody/run", data, expected, r"nothing is staged: .*permission denied", "a closed folder")
    require_empty(closed, "a closed folder")

    job = start(study, data, "damaged", 1, stage, "data.verify=always")
    while "staged 6 of 6" not in log(study, "damaged") and job.poll() is None:
        time.sleep(0.001)
    changed = 0
    for path in copies(stage):
        with open(path, "r+b") as file:
            for offset in range(12_288, path.stat().st_size, 4096):
                file.seek(offset)
                byte = file.read(1)[0]
                file.seek(offset)
                file.write(bytes([byte ^ 1]))
                changed += 1
    require(changed > 0, "copies were removed before they could be damaged")
    require_outcome(study, job, "damaged", data, expected, r"the copy \S+ is damaged: the shard is read from the pack again",
                    "damaged copies")
    require_empty(stage, "damaged copies")
    return (f"a small disk, data.stage_bytes and a folder without permission: the run goes on from the pack; an absent folder: "
            f"one line; {changed} changed bytes in copies: read from the pack again; all equal to the bit")


def run(study, options):
    study.experiment()
    study.folder.chmod(0o755)
    tree = study.tree("run-data", 32, 10, 8)
    packs = {
        "none": ["--data", study.pack(tree, "run-none", "--shard-bytes", "512K")],
        "zstd": ["--data", study.pack(tree, "run-zstd", "--codec", "zstd", "--shard-bytes", "512K")]}
    expected, line = undisturbed(study, packs, tree)
    yield line
    yield two_jobs(study, packs["none"], expected[1])
    yield limits(study, packs["none"], expected[1])
