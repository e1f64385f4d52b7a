#!/usr/bin/env python3
"""Prints the tests that failed in a run, each with its messages.

    swift test -c release --skip-build --event-stream-output-path EVENTS
    scripts/study/failed_tests.py EVENTS
"""

import json
import os
import re
import sys

if len(sys.argv) != 2:
    sys.exit(__doc__)
if not os.path.exists(sys.argv[1]):
    sys.exit(f"failed_tests: {sys.argv[1]} is absent: the run ended before its first test")
failures = {}
with open(sys.argv[1]) as lines:
    for line in lines:
        try:
            record = json.loads(line)
        except json.JSONDecodeError:
            # A process that dies leaves half a line.
            break
        event = record["payload"]
        if record["kind"] != "event" or "testID" not in event:
            continue
        kind, test = event["kind"], event["testID"]
        if kind == "issueRecorded" and event["issue"]["isFailure"]:
            place = event["issue"].get("sourceLocation", {})
            where = f"{place.get('fileID', '?')}:{place.get('line', '?')}"
            text = " ".join(message["text"] for message in event["messages"])
            failures.setdefault(test, []).append(f"{where}: {text}")
for test, messages in failures.items():
    print(f"failed: {re.sub(r'/[^/]*[.]swift:.*', '', test)}")
    for message in messages[:5]:
        print(f"  {message[:2000]}")
    if len(messages) > 5:
        print(f"  and {len(messages) - 5} more")
if not failures:
    print("no test has failed by itself: the run was ended from outside, or ended itself")
