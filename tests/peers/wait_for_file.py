"""Returns once the file PATH exists; fails if process PID ends before."""

import os
import sys
import time

path, pid = sys.argv[1], sys.argv[2]
deadline = time.monotonic() + 20
while not os.path.exists(path):
    if not os.path.exists(f"/proc/{pid}"):
        sys.exit("the process ended")
    if time.monotonic() > deadline:
        sys.exit(f"{path} does not appear")
    time.sleep(0.02)
