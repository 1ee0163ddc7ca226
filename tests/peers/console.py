"""pyserial talks to the console of the served TH-100. SERVED has what `pogo sim serve` printed.

The unit is switched on over the supply's socket, as nothing but its supply makes it talk.
"""

import re
import socket
import sys

import serial

served = [line.split() for line in open(sys.argv[1])]
console = next(it.removeprefix("ASRL").removesuffix("::INSTR") for name, it in served if name == "uart")
host, port = next(
    re.fullmatch(r"TCPIP0::(.*)::(\d+)::SOCKET", it).groups()
    for name, it in served
    if name == "psu" and it.endswith("::SOCKET")
)


def expect(what, actual, wanted):
    assert actual == wanted, f"{what}: {actual!r}, expected {wanted!r}"
    print(f"{what} -> {actual!r}")


supply = socket.create_connection((host, int(port)))
line = serial.Serial(console, 115200, timeout=5, exclusive=True)

# Without its supply it says nothing, whatever it is told.
line.timeout = 0.2
line.write(b"version\n")
expect("unpowered", line.read(1), b"")
line.timeout = 5

supply.sendall(b"*RST;VOLT 3,(@1);CURR 0.1,(@1);:OUTP ON,(@1)\n")
expect("boots", line.read_until(b"\n"), b"TH-100 1.4.2\r\n")
expect("boots", line.read_until(b"\n"), b"ready\r\n")

for ending in (b"\n", b"\r", b"\r\n"):
    line.write(b"version" + ending)
    expect("version", line.read_until(b"> "), b"version\r\n1.4.2\r\n> ")

# Character by character, as a person types.
for character in b"serial":
    line.write(bytes([character]))
line.write(b"\n")
expect("serial", line.read_until(b"> "), b"serial\r\nblank\r\n> ")
line.write(b"serial SN0042\n")
expect("serial SN0042", line.read_until(b"> "), b"serial SN0042\r\nok\r\n> ")
line.write(b"serial\n")
expect("serial", line.read_until(b"> "), b"serial\r\nSN0042\r\n> ")

# Many at once are answered in their order.
line.write(b"version\nserial\n" * 20)
answers = b"".join(line.read_until(b"> ") for _ in range(40))
expect("40 at once", answers.count(b"\r\n1.4.2\r\n") + answers.count(b"\r\nSN0042\r\n"), 40)
line.write(b"\x00\xff\x1b[31m\x03 garbage\n")
assert b"unknown command" in line.read_until(b"command\r\n")

# Somebody else cannot have it meanwhile, and can as soon as it is closed.
try:
    serial.Serial(console, exclusive=True)
    raise AssertionError("two have the console")
except serial.SerialException as refused:
    print(f"busy -> {refused}")
line.close()
line = serial.Serial(console, 115200, timeout=5, exclusive=True)
line.reset_input_buffer()
line.write(b"serial\n")
assert b"serial\r\nSN0042\r\n> " in line.read_until(b"SN0042\r\n> "), "opened again"

supply.sendall(b"OUTP OFF,(@1)\n")
line.close()
supply.close()
print("console: pyserial and the unit agree")
