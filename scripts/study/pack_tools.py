"""What the parts of packs.sh share: programs that are run, folders that are compared, and what is required of them."""
import hashlib
import os
import pathlib
import random
import re
import subprocess

ENVIRONMENT = {
    **os.environ, "SWIFT_BACKTRACE": "enable=no", "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
}


class Fault(Exception):
    """Something is not as it should be."""


def require(condition, text):
    if not condition:
        raise Fault(text)


def own(text):
    """The lines of the program, without those of mpirun; the end of the text where there is none."""
    return "\n".join(line for line in text.splitlines() if line.startswith("fusionctl: ")) or text[-500:]


def digests(folder):
    """SHA-256 of every file below a folder, by name."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(pathlib.Path(folder).rglob("*")) if path.is_file()}


def differences(found, expected):
    """The names under which two folders differ."""
    return sorted(name for name in found.keys() | expected.keys() if found.get(name) != expected.get(name))


class Study:
    def __init__(self, program, folder, seed):
        self.program, self.folder, self.seed = program, folder, seed
        self.random = random.Random(seed)

    def command(self, *words):
        return [self.program, *map(str, words)]

    def start(self, *words, before=()):
        """A process of the program. `before`: a command that starts it."""
        return subprocess.Popen(
            [*before, *self.command(*words)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
            env=ENVIRONMENT)

    def run(self, *words, before=()):
        return subprocess.run(
            [*before, *self.command(*words)], capture_output=True, text=True, env=ENVIRONMENT, check=False)

    def must(self, *words, before=()):
        """Runs the program, which must succeed. Returns what it printed."""
        ended = self.run(*words, before=before)
        require(ended.returncode == 0, f"{' '.join(map(str, words))}: status {ended.returncode}: {own(ended.stderr)}")
        return ended.stdout

    def tree(self, name, size, scenes, patches):
        """A synthetic data set, made once. Returns the flags that name it."""
        folder = self.folder / name
        if not folder.exists():
            self.must("synth", "--out", folder, "--size", size, "--scenes", scenes, "--patches-per-scene", patches,
                      "--seed", self.seed, "--quiet")
        return ["--data", folder, "--labels", folder / "labels_splits"]

    def pack(self, tree, name, *flags):
        """A pack that nothing disturbed, made once."""
        folder = self.folder / name
        if not folder.exists():
            self.must("pack", *tree, "--out", folder, *flags, "--quiet")
        return folder

    def experiment(self):
        """A small network on both sensors, as a file."""
        path = self.folder / "experiment.yaml"
        path.write_text(
            "name: packs\n"
            "threads: 1\n"
            "model: {architecture: resnet18, fusion: middle, sensors: [s2, s1], stem: 3x3, dropout: 0.2}\n"
            "data: {workers: 1, validation: list, flips: true, rotations: true}\n"
            "training: {epochs: 2, batch_size: 8, learning_rate: 0.001, seed: 1}\n")
        return path


def require_line(ended, pattern, what):
    """Requires an error status, and one line on standard error."""
    status, text = ended.returncode, ended.stderr
    lines = text.splitlines()
    require(status > 0, f"{what}: status {status}, expected an error: {text[-300:]}")
    require(len(lines) == 1, f"{what}: {len(lines)} lines, expected one: {text[-500:]}")
    require(re.fullmatch(f"fusionctl: {pattern}", lines[0]), f"{what}: '{lines[0]}' does not match '{pattern}'")
