"""A unit that floods its console: `pogo run` waits at a pseudoterminal that this fills for 10 seconds
as fast as a line of 921,600 baud can, and then says what it is waited for. POGO is the program.
"""

import os
import re
import select
import subprocess
import sys
import tempfile
import time
import tty

pogo = os.path.abspath(sys.argv[1])
RATE = 921_600 // 10
SECONDS = 10
# What a run of this size takes without a flood, and what may be kept of one.
MOST_KIB = 100 * 1024

FIXTURE = """[fixture]
id = "FX-FLOOD"

[instruments.uart]
driver  = "serial-console"
address = "ASRL{}::INSTR"
baud    = 921600
"""
SCRIPT = """//! Waits for the end of a flood.

uart.send("begin");
let found = uart.expect("^flooded ([0-9]+) lines$", 1.min);
measure("lines", parse_int(found.groups[0]), at_least(1000));
"""

ours, theirs = os.openpty()
tty.setraw(theirs)
with tempfile.TemporaryDirectory() as work:
    with open(f"{work}/bench.fixture.toml", "w") as file:
        file.write(FIXTURE.format(os.ttyname(theirs)))
    with open(f"{work}/script.rhai", "w") as file:
        file.write(SCRIPT)
    line = ["run", "script.rhai", "--fixture", "bench.fixture.toml", "--dut", "U1", "--store", "store"]
    run = subprocess.Popen([pogo, *line], cwd=work, stdout=subprocess.PIPE, text=True)
    told = b""
    while not told.endswith(b"begin\n"):
        told += os.read(ours, 64)
    began, sent, lines = time.monotonic(), 0, 0
    while (passed := time.monotonic() - began) < SECONDS:
        # Lines, colours, and now and then half a line.
        piece = b"\x1b[31mflood %07d\x1b[0m %s" % (lines, b"x" * 40)
        if sent < passed * RATE:
            select.select([], [ours], [])
            sent += os.write(ours, piece if lines % 10 == 9 else piece + b"\r\n")
            lines += 1
        else:
            select.select([], [], [], 0.001)
    status = open(f"/proc/{run.pid}/status").read()
    most = int(re.search(r"VmHWM:\s+(\d+) kB", status).group(1))
    os.write(ours, b"\r\nflooded %d lines\r\n" % lines)
    shown, _ = run.communicate(timeout=60)
    print(shown, end="")
    assert run.returncode == 0, f"the run exited with {run.returncode}"
    files = [f"{folder}/{name}" for folder, _, names in os.walk(f"{work}/store") for name in names]
    kept = [open(it, "rb").read() for it in files if "/attachments/" in it]
    transcript = next(it for it in kept if b"> begin" in it or b"< flooded" in it)
    assert re.match("… \\d+ earlier lines were not kept\n".encode(), transcript), transcript[:80]
    assert transcript.rstrip().endswith(b"< flooded %d lines" % lines)
    assert b"\x1b" not in transcript and len(transcript) < 4 << 20, len(transcript)
    print(f"flood: {sent} bytes in {SECONDS} s, {most} KiB at most, {len(transcript)} bytes kept")
    assert sent > 0.9 * RATE * SECONDS, "this machine floods too slowly"
    assert most < MOST_KIB, f"{most} KiB"
