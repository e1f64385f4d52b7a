"""Kills writers of packs at random moments, and completes the packs."""
import shutil
import signal
import statistics
import time

from pack_tools import digests, differences, require

SHARD = "4M"
WAYS = ("one shard", "many shards", "three jobs")


def timed(study, tree, flags):
    """Seconds of an undisturbed writer."""
    times = []
    for _ in range(3):
        out = study.folder / "timed"
        start = time.monotonic()
        study.must("pack", *tree, "--out", out, *flags, "--quiet")
        times.append(time.monotonic() - start)
        shutil.rmtree(out)
    return statistics.median(times)


def kill_at(study, process, moment):
    """Waits for a random moment. Returns whether the process was there to be killed."""
    time.sleep(max(0, moment - time.monotonic()))
    process.send_signal(signal.SIGKILL)
    process.communicate()
    return process.returncode == -signal.SIGKILL


def attempt(study, tree, out, flags, way, seconds):
    """Starts the writers of a pack and kills them. Returns how many of them were killed."""
    parts = [f"{part}/3" for part in (1, 2, 3)] if way == "three jobs" else [None]
    started = []
    for part in parts:
        process = study.start("pack", *tree, "--out", out, *flags, *(["--shards", part] if part else []), "--quiet")
        started.append((process, time.monotonic() + study.random.uniform(0.05, 1) * seconds))
    return sum([kill_at(study, *pair) for pair in sorted(started, key=lambda pair: pair[1])])


def complete(study, tree, out, flags, way):
    if way == "three jobs":
        jobs = [study.start("pack", *tree, "--out", out, *flags, "--shards", f"{part}/3", "--quiet") for part in (1, 2, 3)]
        for job in jobs:
            _, text = job.communicate()
            require(job.returncode == 0, f"a resumed job: status {job.returncode}: {text}")
        study.must("pack", *tree, "--out", out, *flags, "--finish", "--quiet")
    else:
        study.must("pack", *tree, "--out", out, *flags, "--quiet")


def run(study, options):
    tree = study.tree("kill-data", 64, 20, 20)
    cases = [(codec, way) for codec in ("none", "zstd") for way in WAYS]
    for number, (codec, way) in enumerate(cases):
        wanted = options.kills * (number + 1) // len(cases) - options.kills * number // len(cases)
        flags = ["--codec", codec] + ([] if way == "one shard" else ["--shard-bytes", SHARD])
        expected = digests(study.pack(tree, f"kill-{codec}-{way.split()[0]}", *flags))
        seconds = timed(study, tree, flags)
        trials = processes = partial = missing = 0
        while trials < wanted:
            out = study.folder / "killed"
            killed = attempt(study, tree, out, flags, way, seconds)
            if killed == 0:
                shutil.rmtree(out)
                continue
            left = digests(out) if out.exists() else {}
            for name, digest in left.items():
                require(name.startswith(".") or digest == expected[name], f"{codec}, {way}: a kill left {name} half-written")
            trials, processes = trials + 1, processes + killed
            partial += any(name.endswith(".partial") for name in left)
            missing += not any(name.endswith(".h5") for name in left)
            complete(study, tree, out, flags, way)
            wrong = differences(digests(out), expected)
            require(not wrong, f"{codec}, {way}: the completed pack differs in {', '.join(wrong)}")
            shutil.rmtree(out)
        yield (f"{codec}, {way} ({len(expected) - 1} in all): {trials} packs completed to the bytes of an undisturbed one "
               f"after {processes} kills, {partial} in the middle of a shard, {missing} before the first was there")
