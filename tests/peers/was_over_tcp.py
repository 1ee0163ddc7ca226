"""Checks that the run RUN.json was judged in engineering mode and that its exchanges passed the tap.

COUNTS is what tap.py wrote. Every reading of a measurement needs one query on the wire at least.
"""

import json
import sys

run_file, counts_file = sys.argv[1:]
text = open(run_file).read()
run = json.loads(text)


def find(value, key):
    """Every value under `key`, however deep."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name == key:
                yield inner
            yield from find(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from find(inner, key)


modes = set(find(run, "mode"))
assert modes == {"engineering"}, f"mode {modes}"
measured = {name for name in find(run, "name")}
for name in ["battery", "boot_current", "rail_1v8", "idle_current"]:
    assert name in measured, f"{name} is not in the record: {sorted(map(str, measured))}"

lines = [tuple(map(int, line.split())) for line in open(counts_file)]
assert len(lines) >= 3, f"more instruments were talked to than {lines}"
for port, connections, sent, received in lines:
    print(f"port {port}: {connections} connections, {sent} messages sent, {received} received")
    # *IDN? and the error queue at least, before anything is set or read.
    assert connections >= 1 and sent >= 4 and received >= 3, f"port {port}"
assert sum(received for _, _, _, received in lines) >= 20
