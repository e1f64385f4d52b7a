#!/usr/bin/env python3
"""Prints how long a run of the tests took, and which tests were the slowest.

    swift test -c release --skip-build --event-stream-output-path EVENTS
    scripts/study/slowest_tests.py EVENTS [NUMBER]

The time of a test with arguments is the sum of the times of its cases. The time that `swift test` prints after a test
includes the wait for its turn, and of a test without arguments no other time is known. Such tests are therefore only
counted, unless the tests ran one after another (`swift test --no-parallel`).
"""

import collections
import json
import re
import sys

if len(sys.argv) < 2:
    sys.exit(__doc__)
begun, ended, running, isParallel = None, None, set(), False
cases, whole = collections.Counter(), collections.Counter()
with open(sys.argv[1]) as lines:
    for line in lines:
        record = json.loads(line)
        event = record["payload"]
        if record["kind"] == "test" and event["kind"] == "function" and not event["isParameterized"]:
            whole[event["id"]] = 0
        if record["kind"] != "event":
            continue
        now, kind, test = event["instant"]["absolute"], event["kind"], event.get("testID")
        if kind == "runStarted":
            begun = now
        elif kind == "runEnded":
            ended = now
        # Cases of a test are not told apart: whichever ends first, the sum over all of them is the same.
        elif kind == "testCaseStarted":
            cases[test] -= now
        elif kind == "testCaseEnded":
            cases[test] += now
        elif kind == "testStarted" and test in whole:
            isParallel = isParallel or bool(running)
            running.add(test)
            whole[test] -= now
        elif kind == "testEnded" and test in running:
            running.remove(test)
            whole[test] += now
if begun is None or ended is None:
    sys.exit(f"slowest_tests: {sys.argv[1]} has no run that came to its end")
seconds = cases if isParallel else cases | whole
left = f" ({len(whole)} without arguments, not timed)" if isParallel else ""
print(f"{len(cases) + len(whole)} tests in {(ended - begun) / 60:.1f} min{left}; the slowest:")
for test, taken in seconds.most_common(int(sys.argv[2]) if len(sys.argv) > 2 else 10):
    print(f"{taken:7.1f} s  {re.sub(r'/[^/]*[.]swift:.*', '', test)}")
