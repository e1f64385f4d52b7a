"""Full disks, folders without permission, shards that vanish, and two writers at once."""
import contextlib
import os
import re
import shutil
import signal
import subprocess
import time

from pack_tools import digests, differences, require, require_line

FLAGS = ["--shard-bytes", "4M"]
MEBIBYTE = 1 << 20


@contextlib.contextmanager
def memory_disk(study, size):
    """A file system of a few bytes in memory, below the study's folder."""
    folder = study.folder / "disk"
    folder.mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


def remount(folder, option):
    subprocess.run(["mount", "-o", f"remount,{option}", folder], check=True)


def finished(process):
    _, text = process.communicate()
    return subprocess.CompletedProcess(process.args, process.returncode, "", text)


def require_whole(out, expected, what):
    """Requires that shards are whole or absent, and that nothing else is there."""
    for name, digest in digests(out).items():
        require(expected.get(name) == digest, f"{what}: left {name}, which is half-written or a stranger")


def require_completion(study, tree, out, expected, what, flags=()):
    study.must("pack", *tree, "--out", out, *FLAGS, *flags, "--quiet")
    wrong = differences(digests(out), expected)
    require(not wrong, f"{what}: the completed pack differs in {', '.join(wrong)}")


def pack(study, tree, out, *flags, **options):
    return study.run("pack", *tree, "--out", out, *FLAGS, *flags, "--quiet", **options)


def full_disk(study, tree):
    plain, small = (digests(study.pack(tree, f"fault-{codec}", "--codec", codec, *FLAGS)) for codec in ("none", "zstd"))
    count = sum((study.folder / "fault-none" / name).stat().st_size for name in plain)
    with memory_disk(study, MEBIBYTE) as disk:
        # Before anything is written.
        what = "a disk that is too small"
        require_line(pack(study, tree, disk / "pack"), r"\S+: has [01] MiB free, and .* take 5\d MiB; free some space, .*", what)
        require_whole(disk / "pack", plain, what)
        # In the middle: the size of a compressed pack is not known before.
        full = r"\S+: could not write \(no space left on the device, errno 28\); .*"
        kept = []
        for megabytes in range(19, 38, 2):
            remount(disk, f"size={megabytes}m")
            shutil.rmtree(disk / "pack")
            what = f"a disk of {megabytes} MiB that becomes full"
            require_line(pack(study, tree, disk / "pack", "--codec", "zstd"), full, what)
            require_whole(disk / "pack", small, what)
            kept.append(len(digests(disk / "pack")))
        remount(disk, "size=100m")
        require_completion(study, tree, disk / "pack", small, "a disk with space again", ["--codec", "zstd"])
        # Another program fills the disk meanwhile.
        shutil.rmtree(disk / "pack")
        remount(disk, f"size={count + 4 * MEBIBYTE}")
        writer = study.start("pack", *tree, "--out", disk / "pack", *FLAGS, "--quiet")
        while not list(disk.glob("pack/*.h5")) and writer.poll() is None:
            time.sleep(0.001)
        with contextlib.suppress(OSError), open(disk / "filler", "wb", buffering=0) as filler:
            while True:
                filler.write(bytes(MEBIBYTE))
        what = "a disk that another program fills"
        require_line(finished(writer), full, what)
        require_whole(disk / "pack", plain, what)
        os.remove(disk / "filler")
        require_completion(study, tree, disk / "pack", plain, what)
    out = study.folder / "limited"
    what = "a limit of file sizes"
    limited = pack(study, tree, out, before=["bash", "-c", 'ulimit -f 1000; exec "$@"', "bash"])
    require_line(limited, r"\S+: could not write \(the file may not grow further: a limit of file sizes .*", what)
    require_whole(out, plain, what)
    require_completion(study, tree, out, plain, what)
    return (f"full disk: {len(kept) + 3} writers stopped with one line each, {min(kept)} to {max(kept)} shards of "
            f"{len(small) - 1} kept whole, all completed later to the same bytes")


def permissions(study, tree):
    sound = study.folder / "fault-none"
    expected = digests(sound)
    user = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
    denied = r"\S+: could not (open|create the folder) \(permission denied, errno 13\); .*"
    closed = study.folder / "closed"
    closed.mkdir(mode=0o555)
    for out in (closed, closed / "pack"):
        require_line(pack(study, tree, out, before=user), denied, f"a folder without permission, as {out.name}")
        require(not digests(closed), "a folder without permission got files")
    run = study.folder / "fault-run"
    require(not [path for path in sound.iterdir() if path.stat().st_mode & 0o444 != 0o444], "a pack is not readable by all")
    reading = [("pack", "--verify", sound, "--quiet"), ("validate", run, "--data", sound, "--quiet")]
    for words in reading:
        study.must(*words, before=user)
    secret = study.folder / "secret"
    shutil.copytree(sound, secret)
    os.chmod(secret / "train-00000.h5", 0)
    require_line(study.run("validate", run, "--data", secret, "--quiet", before=user), denied, "a shard without permission")
    with memory_disk(study, 100 * MEBIBYTE) as disk:
        shutil.copytree(sound, disk / "pack")
        remount(disk, "ro")
        refused = pack(study, tree, disk / "other")
        require_line(refused, r"\S+: could not create the folder \(the file system is read-only, errno 30\); .*", "a read-only disk")
        study.must("pack", "--verify", disk / "pack", "--quiet")
        study.must("validate", run, "--data", disk / "pack", "--quiet")
        require(digests(disk / "pack") == expected, "a read-only pack changed")
        remount(disk, "rw")
        (disk / "pack/test-00000.h5").unlink()
        (disk / "pack/pack.json").unlink()
        remount(disk, "ro")
        refused = pack(study, tree, disk / "pack")
        require_line(refused, r"\S+: could not open \(the file system is read-only, errno 30\); .*", "a read-only part of a pack")
    return "permissions: 5 attempts stopped with one line each; packs without permission to write are read and verified"


def train(study, data, name, *flags, before=()):
    return study.start(
        "train", "--config", study.folder / "experiment.yaml", "--data", data, "--out", study.folder / name, "--quiet",
        "--epochs", 6, *flags, before=before)


def metrics(study, name):
    """The metrics of a training, without the columns that depend on the clock."""
    lines = [line.split(",") for line in (study.folder / name / "metrics.csv").read_text().splitlines()]
    keep = [column for column, title in enumerate(lines[0])
            if title not in ("seconds", "images_per_second", "data_wait_share")]
    return [[line[column] for column in keep] for line in lines]


def await_epoch(study, name, process):
    path = study.folder / name / "metrics.csv"
    while process.poll() is None and (not path.exists() or len(path.read_text().splitlines()) < 2):
        time.sleep(0.005)
    require(process.poll() is None, f"{name}: ended before it could be disturbed")


def vanished_shards(study, _):
    sound = study.folder / "flip-none"
    run, experiment = study.folder / "fault-run", study.folder / "experiment.yaml"
    absent = r"\S+train-00001.h5: does not exist; check the path"
    broken = study.folder / "vanished"
    shutil.copytree(sound, broken)
    (broken / "train-00001.h5").unlink()
    cases = [
        ("train", "--config", experiment, "--out", study.folder / "none"), ("validate", run), ("test", run),
        ("stats", "--config", experiment), ("bench", "--only", "data", "--config", experiment)]
    for words in cases:
        require_line(study.run(*words, "--data", broken, "--quiet"), absent, f"{words[0]} without a shard")
    # A check counts what it found in one more line.
    verified = study.run("pack", "--verify", broken, "--quiet")
    require(verified.returncode == 2 and re.fullmatch(f"fusionctl: {absent}\nfusionctl: .*: 1 problem\n", verified.stderr),
            f"pack --verify without a shard: {verified.stderr}")

    undisturbed = finished(train(study, sound, "undisturbed"))
    require(undisturbed.returncode == 0, f"train: {undisturbed.stderr}")
    # The open file stays for as long as the run reads it.
    shutil.copytree(sound, study.folder / "removed")
    process = train(study, study.folder / "removed", "run-removed")
    await_epoch(study, "run-removed", process)
    shutil.rmtree(study.folder / "removed")
    ended = finished(process)
    require(ended.returncode == 0, f"a removed pack: status {ended.returncode}: {ended.stderr}")
    require(metrics(study, "run-removed") == metrics(study, "undisturbed"), "a removed pack: other metrics")

    cut = r"(rank \d on \S+: )?\S+train-00000.h5: is damaged: patch \S+, .*: ends at byte \d+ in the middle of its data \(CRC-32C [0-9a-f]{8} expected\); .*"
    for ranks in (1, 2):
        name = f"cut-{ranks}"
        shutil.copytree(sound, study.folder / name)
        before = [] if ranks == 1 else ["mpirun", "--oversubscribe", "-n", ranks]
        process = train(study, study.folder / name, f"run-{name}", before=list(map(str, before)))
        await_epoch(study, f"run-{name}", process)
        os.truncate(study.folder / name / "train-00000.h5", 8192)
        ended = finished(process)
        # mpirun adds lines of its own, and each rank says what it met.
        lines = [line for line in ended.stderr.splitlines() if line.startswith("fusionctl: ")]
        require(1 <= len(lines) <= ranks, f"a shard that is cut during a run of {ranks} ranks: {ended.stderr}")
        for line in lines:
            one = subprocess.CompletedProcess(ended.args, ended.returncode, "", line)
            require_line(one, cut, f"a shard that is cut during a run of {ranks} ranks")
    return (f"vanished shards: {len(cases) + 1} commands stopped with one line each, 2 trainings whose shard was cut too; "
            "a training whose pack was removed ended with the same metrics")


def two_writers(study, tree):
    expected = digests(study.folder / "fault-none")
    out = study.folder / "shared"
    # The second one comes while the first one stands still in the middle of a shard.
    first = study.start("pack", *tree, "--out", out, *FLAGS, "--quiet")
    while not list(out.glob(".*.partial")) and first.poll() is None:
        time.sleep(0.0005)
    first.send_signal(signal.SIGSTOP)
    shard = next(out.glob(".*.partial")).name[1:-len(".partial")]
    busy = rf"\S+/{shard}: is being written by process {first.pid} on \S+; wait for it, or give each job its own shards .*"
    require_line(pack(study, tree, out), busy, "a second writer of a shard")
    unfinished = rf"\S+: \d+ of \d+ shards are absent: .*; process {first.pid} on \S+ is writing one; run .*"
    require_line(study.run("pack", *tree, "--out", out, *FLAGS, "--finish", "--quiet"), unfinished, "--finish too early")
    first.send_signal(signal.SIGCONT)
    require(finished(first).returncode == 0 and digests(out) == expected, "the first writer was disturbed by the second")
    other = pack(study, tree, out, "--seed", 9)
    require_line(other, r"\S+: holds a pack of another data set, or one with other options; .*", "a writer with other options")
    require(digests(out) == expected, "a writer with other options changed the pack")

    told = both = 0
    rounds = 30
    for number in range(rounds):
        out = study.folder / f"shared-{number}"
        writers = []
        for _ in range(2):
            writers.append(study.start("pack", *tree, "--out", out, *FLAGS, "--quiet"))
            time.sleep(study.random.uniform(0, 1))
        ended = [finished(writer) for writer in writers]
        failed = [one for one in ended if one.returncode != 0]
        require(len(failed) < 2, f"both writers failed: {failed[0].stderr if failed else ''}")
        for one in failed:
            require_line(one, r"\S+: is being written by (process \d+ on \S+|another process); wait for it, .*", "one of two writers")
        told, both = told + len(failed), both + (not failed)
        wrong = differences(digests(out), expected)
        require(not wrong, f"two writers: the pack differs in {', '.join(wrong)}")
        shutil.rmtree(out)
    return (f"two writers: the second was told who has the shard, other options were refused; {rounds} pairs started at "
            f"once left the same bytes, {told} were told, {both} times both succeeded")


def run(study, options):
    experiment = study.experiment()
    small = study.tree("flip-data", 16, 6, 6)
    study.pack(small, "flip-none", "--codec", "none", "--shard-bytes", "64K")
    study.folder.chmod(0o755)
    tree = study.tree("kill-data", 64, 20, 20)
    study.must("train", "--config", experiment, *tree, "--epochs", 1, "--out", study.folder / "fault-run", "--quiet")
    for part in (full_disk, permissions, vanished_shards, two_writers):
        yield part(study, tree)
