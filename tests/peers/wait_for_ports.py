"""Returns once somebody listens on COUNT ports from BASE; fails if process PID ends before."""

import os
import socket
import sys
import time

base, count, pid = map(int, sys.argv[1:])
deadline = time.monotonic() + 20
for port in range(base, base + count):
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            break
        except OSError:
            if not os.path.exists(f"/proc/{pid}"):
                sys.exit("the server ended")
            if time.monotonic() > deadline:
                sys.exit(f"nobody listens on {port}")
            time.sleep(0.02)
