"""Prints the first of N consecutive free TCP ports on loopback."""

import random
import socket
import sys


def free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


wanted = int(sys.argv[1])
# Below the range from which the kernel gives ports to clients.
for base in random.sample(range(20000, 32000), 200):
    if all(free(base + offset) for offset in range(wanted)):
        print(base)
        sys.exit(0)
sys.exit("no free ports")
