#!/usr/bin/env python3
"""Renders and checks the reports of a folder; `scripts/study/report.sh` calls it.

For each FOLDER/*.html: pictures at two widths, light and dark, a PDF; no console message, nothing wider than the page, valid
HTML, at most 10 MB. Each SVG file below FOLDER must be valid XML and must render.

usage: scripts/study/report_check.py FOLDER
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

LIMIT = 10_000_000
# Writes what is wider than the page, and the page's height, into the title.
PROBE = """<script>
addEventListener('load', () => {
  const page = document.documentElement.clientWidth;
  const inside = node => { for (let p = node.parentElement; p; p = p.parentElement)
    if (getComputedStyle(p).overflowX === 'auto' || p.tagName === 'svg') return true; return false; };
  const wide = [...document.body.querySelectorAll('*')].filter(
    node => node.getBoundingClientRect().right > page + 1 && !inside(node));
  document.title = 'PROBE ' + JSON.stringify({
    overflow: document.documentElement.scrollWidth - page, height: document.documentElement.scrollHeight, width: page,
    wide: wide.slice(0, 5).map(node => node.tagName + '.' + node.className)});
});
</script>"""


def chromium(page, *arguments):
    command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--enable-logging=stderr",
               "--allow-file-access-from-files", "--virtual-time-budget=4000", *arguments, page.resolve().as_uri()]
    result = subprocess.run(command, capture_output=True, text=True, timeout=180)
    return result.stdout, [line for line in result.stderr.splitlines() if "CONSOLE" in line]


def framed(page, width, folder, height=3000):
    """A page that shows another in a frame of some width, because a window has a least width."""
    frame = folder / f"{page.stem}-{width}.frame.html"
    frame.write_text(f"<!DOCTYPE html><title>frame</title><style>body,html{{margin:0}}iframe{{border:0;width:{width}px;"
                     f"height:{height}px}}</style><iframe id=f src='{page.resolve().as_uri()}'></iframe>"
                     "<script>f.onload=()=>setTimeout(()=>document.title=f.contentDocument.title,300)</script>")
    return frame


def probe(page, width, folder):
    copy = folder / f"{page.stem}.probe.html"
    copy.write_text(page.read_text().replace("</body>", PROBE + "</body>"))
    text, console = chromium(framed(copy, width, folder), f"--window-size={max(width, 500)},3000", "--dump-dom")
    found = re.search(r"PROBE (\{.*?\})</title>", text)
    if not found:
        sys.exit(f"{page}: the browser did not answer")
    return json.loads(found.group(1).replace("&quot;", '"')), console


def pictures(page, heights, folder):
    for width, height in heights.items():
        for tone, number in (("light", 1), ("dark", 0)):
            target = page.with_name(f"{page.stem}-{width}-{tone}.png")
            chromium(framed(page, width, folder, height), f"--screenshot={target}",
                     f"--window-size={width},{min(height, 16000)}", f"--blink-settings=preferredColorScheme={number}")
    chromium(page, f"--print-to-pdf={page.with_suffix('.pdf')}", "--no-pdf-header-footer")


def html_problems(page):
    jar = os.environ.get("VNU")
    if jar:
        run = subprocess.run(["java", "-jar", jar, "--format", "gnu", str(page)], capture_output=True, text=True)
        lines = (run.stdout + run.stderr).splitlines()
        # The checker's list of properties is older than this one, which prints colours of bars.
        return [line for line in lines if line and "print-color-adjust" not in line]
    command = ["tidy", "-e", "-q", "--show-info", "no", "--drop-empty-elements", "no", str(page)]
    run = subprocess.run(command, capture_output=True, text=True)
    # HTML allows a div in a dl; tidy does not know that yet.
    known = ("implicit <dl>", "before <dt>", "</dl> before </div>", "missing <dd>")
    return [line for line in (run.stdout + run.stderr).splitlines() if not line.endswith(known)]


def main():
    folder = pathlib.Path(sys.argv[1])
    for tool in ("chromium", "xmllint"):
        if not shutil.which(tool):
            sys.exit(f"{tool} is not installed")
    problems = []
    with tempfile.TemporaryDirectory() as scratch:
        for page in sorted(folder.glob("*.html")):
            size = page.stat().st_size
            if size > LIMIT:
                problems.append(f"{page}: {size} bytes")
            heights = {}
            for width in (1280, 390):
                answer, console = probe(page, width, pathlib.Path(scratch))
                heights[width] = answer["height"]
                if answer["width"] != width:
                    problems.append(f"{page}: rendered {answer['width']} pixels wide, not {width}")
                if answer["overflow"] > 0 or answer["wide"]:
                    problems.append(f"{page} at {width}: wider than the page: {answer}")
                problems += [f"{page} at {width}: {line}" for line in console]
            pictures(page, heights, pathlib.Path(scratch))
            problems += html_problems(page)
            print(f"{page}: {size / 1e6:.2f} MB, {heights[1280]} pixels high at 1280, {heights[390]} at 390")
    plots = sorted(folder.glob("*/*.svg"))
    for plot in plots:
        run = subprocess.run(["xmllint", "--noout", str(plot)], capture_output=True, text=True)
        problems += run.stderr.splitlines()[:3]
    print(f"{len(plots)} plots")
    for problem in problems:
        print(problem)
    print("problems:", len(problems))
    sys.exit(len(problems) > 0)


main()
