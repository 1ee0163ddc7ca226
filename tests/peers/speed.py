"""Compares the served supply with a server that only echoes: speed.py PORT ECHO_PORT.

`lxi benchmark` asks both for *IDN? over a raw socket, five times in turn. The median of the supply's
rate is at least 0.7 of the median of the echo's, or this fails.
"""

import re
import statistics
import subprocess
import sys

LEAST = 0.7
PASSES = 5
REQUESTS = 20000


def rate(port):
    command = ["lxi", "benchmark", "-a", "127.0.0.1", "-p", port, "-r", "-c", str(REQUESTS)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    return float(re.findall(r"Result: ([0-9.]+) requests/second", ended.stdout)[-1])


supply, echo = [], []
for _ in range(PASSES):
    echo.append(rate(sys.argv[2]))
    supply.append(rate(sys.argv[1]))
ratio = statistics.median(supply) / statistics.median(echo)
for name, rates in ("supply", supply), ("echo", echo):
    print(f"{name:6}  " + "  ".join(f"{it:.0f}" for it in rates) + "  requests/s")
print(f"median ratio {ratio:.2f}, at least {LEAST} is asked for")
sys.exit(ratio < LEAST)
