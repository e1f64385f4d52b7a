#!/usr/bin/env python3
"""Reads the event files of runs with TensorBoard itself.

usage: event_files.py read FOLDER            (needs the package tensorboard)
       event_files.py serve LOGDIR [IMAGES]  (needs tensorboard; pictures of the pages also need chromium)

`read` reads FOLDER, the folder `tensorboard` of a run, with TensorBoard's EventAccumulator. It prints a line for each tag: the
tag, a tab, and its steps.

`serve` starts TensorBoard on this machine for the runs below LOGDIR: with its data server where that is installed (the
default reader), and with the reader in Python. It prints the number of tags of each run and its best micro F1 in the table of
runs. IMAGES gets pictures of TensorBoard's pages.

Both fail where a tag has a step twice, or an image is no PNG file of its size.
"""
import contextlib
import json
import pathlib
import shutil
import socket
import struct
import subprocess
import sys
import time
import urllib.parse
import urllib.request

PNG = b"\x89PNG\r\n\x1a\n"


def require(condition, text):
    if not condition:
        sys.exit(f"event_files.py: {text}")


def require_once(tag, steps):
    require(len(set(steps)) == len(steps), f"{tag}: a step stands there twice: {steps}")


def require_png(tag, image, size=None):
    require(image.startswith(PNG), f"{tag}: is no PNG file")
    found = struct.unpack(">II", image[16:24])
    require(size is None or found == size, f"{tag}: has {found} pixels, and says {size}")


def read(folder):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    # 0: every value is kept.
    events = EventAccumulator(folder, size_guidance={"scalars": 0, "images": 0, "tensors": 0})
    events.Reload()
    tags = events.Tags()
    steps = {tag: [event.step for event in events.Scalars(tag)] for tag in tags["scalars"]}
    for tag in tags["images"]:
        images = events.Images(tag)
        steps[tag] = [image.step for image in images]
        for image in images:
            require_png(tag, image.encoded_image_string, (image.width, image.height))
    for tag in tags["tensors"]:
        steps[tag] = [event.step for event in events.Tensors(tag)]
    for tag in sorted(steps):
        require_once(tag, steps[tag])
        print(tag, " ".join(map(str, steps[tag])), sep="\t")


@contextlib.contextmanager
def server(logdir, fast):
    """Starts TensorBoard, and ends it; gives its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "tensorboard.main", "--logdir", logdir, "--host", "127.0.0.1", "--port", str(port),
         "--load_fast", "true" if fast else "false", "--samples_per_plugin", "scalars=1000000,images=1000"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def get(address, query="", data=None):
    request = urllib.request.Request(
        address + query, data=data and json.dumps(data).encode(), headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        return answer.read()


def loaded(address, runs):
    """Waits until the server has read the table's row of every run."""
    for _ in range(300):
        time.sleep(0.2)
        with contextlib.suppress(OSError):
            groups = hparams(address)
            if len(groups) == runs and all(groups.values()):
                time.sleep(1)
                return hparams(address)
    sys.exit("event_files.py: the server does not show the runs")


def hparams(address):
    """The best micro F1 of each run in the table of runs, and its status."""
    request = {"experimentName": "", "allowedStatuses": [f"STATUS_{name}" for name in (
        "UNKNOWN", "SUCCESS", "FAILURE", "RUNNING")], "colParams": [], "startIndex": 0, "sliceSize": 100}
    answer = json.loads(get(address, "/data/plugin/hparams/session_groups", request))
    rows = {}
    for group in answer.get("sessionGroups", []):
        session = group["sessions"][0]
        metrics = {value["name"]["tag"]: value["value"] for value in session.get("metricValues", [])}
        settings = len(group.get("hparams", {}))
        rows[session["name"]] = metrics and (metrics.get("best/micro_f1"), session.get("status"), settings)
    return rows


def check(address):
    """Every curve and every image of every run. Returns the number of tags by run."""
    counts = {}
    for run, tags in json.loads(get(address, "/data/plugin/scalars/tags")).items():
        for tag in tags:
            query = urllib.parse.urlencode({"run": run, "tag": tag})
            points = json.loads(get(address, f"/data/plugin/scalars/scalars?{query}"))
            require_once(f"{run}: {tag}", [point[1] for point in points])
            require(points, f"{run}: {tag} has no point")
        counts[run] = [len(tags)]
    for run, tags in json.loads(get(address, "/data/plugin/images/tags")).items():
        for tag in tags:
            query = urllib.parse.urlencode({"run": run, "tag": tag, "sample": 0})
            images = json.loads(get(address, f"/data/plugin/images/images?{query}"))
            require_once(f"{run}: {tag}", [image["step"] for image in images])
            for image in images:
                require_png(f"{run}: {tag}", get(address, f"/data/plugin/images/individualImage?{image['query']}"))
        counts[run].append(len(tags))
    for run, tags in json.loads(get(address, "/data/plugin/text/tags")).items():
        counts[run].append(len(tags))
    return counts


def screenshots(address, folder):
    pathlib.Path(folder).mkdir(parents=True, exist_ok=True)
    for page, height in [("timeseries", 2600), ("scalars", 1600), ("images", 2200), ("hparams", 900), ("text", 900)]:
        subprocess.run(
            ["chromium", "--headless", "--no-sandbox", "--disable-gpu", f"--window-size=1500,{height}",
             "--virtual-time-budget=20000", f"--screenshot={folder}/{page}.png", f"{address}/#{page}"],
            check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def serve(logdir, images=None):
    runs = sum(1 for _ in pathlib.Path(logdir).rglob("tensorboard"))
    for fast in [True, False]:
        with server(logdir, fast) as address:
            table = loaded(address, runs)
            counts = check(address)
            print("data server" if fast else "reader in Python")
            for run in sorted(counts):
                scalars, pictures, texts = counts[run]
                best, status, settings = table[run]
                print(f"  {run}: {scalars} curves, {pictures} images, {texts} texts; table: {settings} settings, "
                      f"best micro F1 {best:.4f}, {status}")
            if fast and images:
                screenshots(address, images)


if __name__ == "__main__":
    if len(sys.argv) == 3 and sys.argv[1] == "read":
        read(sys.argv[2])
    elif len(sys.argv) in (3, 4) and sys.argv[1] == "serve":
        if len(sys.argv) == 4:
            require(shutil.which("chromium"), "pictures of the pages need chromium")
        serve(*sys.argv[2:])
    else:
        sys.exit(__doc__)
