#!/usr/bin/env python3
"""Prints how long a run of the tests took, and which tests were the slowest.

    swift test -c release --skip-build --event-stream-output-path EVENTS
    scripts/study/slowest_tests.py EVENTS

The seconds of a test are those that its cases ran, all of them together. What `swift test` prints after a test counts
the time that it waited for its turn, too.
"""

import collections
import json
import re
import sys

begun, ended, seconds = None, None, collections.Counter()
with open(sys.argv[1]) as lines:
    for line in lines:
        record = json.loads(line)
        if record["kind"] != "event":
            continue
        event = record["payload"]
        now = event["instant"]["absolute"]
        kind, test = event["kind"], event.get("testID", "")
        if kind == "runStarted":
            begun = now
        elif kind == "runEnded":
            ended = now
        # Whichever case ends first: the sum over all of a test is the same.
        elif kind == "testCaseStarted":
            seconds[test] -= now
        elif kind == "testCaseEnded":
            seconds[test] += now
if begun is None or ended is None or not seconds:
    sys.exit(f"slowest_tests: {sys.argv[1]} has no run that came to its end")
print(f"{len(seconds)} tests in {(ended - begun) / 60:.1f} min; the slowest:")
for test, taken in seconds.most_common(int(sys.argv[2]) if len(sys.argv) > 2 else 10):
    print(f"{taken:7.1f} s  {re.sub(r'/[^/]*[.]swift:.*', '', test)}")
