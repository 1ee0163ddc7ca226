"""What PyVISA-py cannot do over HiSLIP, by a client written from IVI-6.1, revision 1.1, alone.

hislip.py SERVED, where SERVED has what `pogo sim serve` printed. Locks, trigger, service requests, a
device clear with a response on its way, interrupted responses, and what is wrong with a message.
"""

import socket
import struct
import sys

address = next(
    line.split()[1] for line in open(sys.argv[1]) if line.startswith("psu ") and "::hislip" in line
)
host, device = address.split("::")[1:3]
name, _, port = device.partition(",")
port = int(port or 4880)

# Message types, IVI-6.1, table 4.
INITIALIZE, INITIALIZE_RESPONSE, FATAL_ERROR, ERROR = 0, 1, 2, 3
LOCK, LOCK_RESPONSE, DATA, DATA_END, CLEAR_COMPLETE, CLEAR_ACKNOWLEDGE = 4, 5, 6, 7, 8, 9
REMOTE_LOCAL, REMOTE_LOCAL_RESPONSE, TRIGGER, INTERRUPTED, ASYNC_INTERRUPTED = 10, 11, 12, 13, 14
SIZE, SIZE_RESPONSE, ASYNC_INITIALIZE, ASYNC_INITIALIZE_RESPONSE = 15, 16, 17, 18
CLEAR, SERVICE_REQUEST, STATUS, STATUS_RESPONSE = 19, 20, 21, 22
ASYNC_CLEAR_ACKNOWLEDGE, LOCK_INFO, LOCK_INFO_RESPONSE = 23, 24, 25

checked = 0


def expect(what, actual, expected, clause):
    global checked
    if actual != expected:
        sys.exit(f"hislip: {what}: {actual!r}, expected {expected!r}: IVI-6.1, {clause}")
    checked += 1


class Channel:
    def __init__(self):
        self.socket = socket.create_connection((host, port), timeout=10)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, kind, control=0, parameter=0, payload=b""):
        header = struct.pack("!2sBBIQ", b"HS", kind, control, parameter & 0xFFFFFFFF, len(payload))
        self.socket.sendall(header + payload)

    def exactly(self, count):
        data = b""
        while len(data) < count:
            piece = self.socket.recv(count - len(data))
            if not piece:
                sys.exit("hislip: the server hung up")
            data += piece
        return data

    def receive(self):
        prologue, kind, control, parameter, length = struct.unpack("!2sBBIQ", self.exactly(16))
        if prologue != b"HS":
            sys.exit(f"hislip: {prologue!r} is no prologue")
        return kind, control, parameter, self.exactly(length)

    def ended(self):
        return self.socket.recv(1) == b""


class Session:
    def __init__(self):
        self.messages = Channel()
        self.messages.send(INITIALIZE, 0, 0x0101 << 16 | 0x5858, name.encode())
        kind, overlap, parameter, _ = self.messages.receive()
        expect("Initialize", (kind, overlap, parameter >> 16), (INITIALIZE_RESPONSE, 0, 0x0101), "6.1")
        self.control = Channel()
        self.control.send(ASYNC_INITIALIZE, 0, parameter & 0xFFFF)
        expect("AsyncInitialize", self.control.receive()[0], ASYNC_INITIALIZE_RESPONSE, "6.1")
        self.number, self.delivered = 0xFFFFFF00, 0

    def say(self, message, kind=DATA_END):
        self.sent = self.number
        self.messages.send(kind, self.delivered, self.sent, message.encode())
        self.number, self.delivered = (self.sent + 2) & 0xFFFFFFFF, 0

    def read(self):
        text = b""
        while True:
            kind, _, number, payload = self.messages.receive()
            if kind not in (DATA, DATA_END):
                sys.exit(f"hislip: a response of type {kind}")
            expect("the number of a response", number, self.sent, "3.1.2")
            text += payload
            if kind == DATA_END:
                self.delivered = 1
                return text.decode().rstrip("\n")

    def ask(self, message):
        self.say(message)
        return self.read()

    def aside(self, *message):
        self.control.send(*message)
        return self.control.receive()

    def status(self):
        kind, status, _, _ = self.aside(STATUS, self.delivered, self.number - 2)
        self.delivered = 0
        expect("AsyncStatusQuery", kind, STATUS_RESPONSE, "6.14")
        return status

    def lock(self, key=b"", timeout=0):
        kind, outcome, _, _ = self.aside(LOCK, 1, timeout, key)
        expect("AsyncLock", kind, LOCK_RESPONSE, "6.5")
        return outcome

    def unlock(self):
        kind, outcome, _, _ = self.aside(LOCK, 0, self.number - 2)
        expect("AsyncLock", kind, LOCK_RESPONSE, "6.5")
        return outcome

    def close(self):
        self.messages.socket.close()
        self.control.socket.close()


first = Session()
kind, _, _, size = first.aside(SIZE, 0, 0, struct.pack("!Q", 16 + 8))
expect("AsyncMaximumMessageSize", (kind, len(size)), (SIZE_RESPONSE, 8), "6.9")
first.say("*RST;*CLS;*ESE 0;*SRE 0")
first.say("*ID", DATA)
first.say("N?")
kind, _, _, piece = first.messages.receive()
expect("the first piece of a response", (kind, len(piece) <= 8), (DATA, True), "6.9")
rest = first.read()
expect("*IDN?", (piece.decode() + rest).split(",")[1], "E36312A", "6.7; IEEE 488.2, 10.14")
first.aside(SIZE, 0, 0, struct.pack("!Q", 1 << 20))

# Trigger: the same as *TRG, which this supply has nothing to do with.
first.say("", TRIGGER)
expect("a trigger", first.ask("SYST:ERR?"), '-211,"Trigger ignored"', "6.11; SCPI-99, volume 2, 21.8.10")
expect("remote", first.aside(REMOTE_LOCAL, 1, first.number - 2)[0], REMOTE_LOCAL_RESPONSE, "6.10")

# Service requests, and MAV until the client has said that it read.
first.say("*CLS;*ESE 1;*SRE 48;*OPC")
expect("a service request", first.control.receive()[:2], (SERVICE_REQUEST, 96), "6.13")
expect("the first poll", first.status(), 96, "6.14; IEEE 488.2, 11.3.3")
expect("the second poll", first.status(), 32, "6.14; IEEE 488.2, 11.3.3")
first.say("*CLS;*OPC?")
expect("a service request", first.control.receive()[:2], (SERVICE_REQUEST, 80), "6.13")
expect("a poll before reading", first.status(), 80, "6.14; IEEE 488.2, 11.2.1.2")
expect("*OPC?", first.read(), "1", "6.7")
expect("a poll after reading", first.status(), 0, "6.14 (RMT-delivered)")
first.say("*SRE 0;*ESE 0")

# A message before the response was read.
first.ask("*OPC?")
first.delivered = 0
first.say("*ESE?")
expect("Interrupted", first.messages.receive()[:3], (INTERRUPTED, 0, first.sent), "3.1.1")
expect("AsyncInterrupted", first.control.receive()[:3], (ASYNC_INTERRUPTED, 0, first.sent), "3.1.1")
expect("the next response", int(first.read()), 0, "3.1.1")
expect("its error", first.ask("SYST:ERR?"), '-410,"Query INTERRUPTED"', "3.1.1; IEEE 488.2, 6.3.1")

# Device clear while a response is on its way: it is thrown away on this side.
first.say("*IDN?")
expect("AsyncDeviceClear", first.aside(CLEAR)[0], ASYNC_CLEAR_ACKNOWLEDGE, "6.12")
first.messages.send(CLEAR_COMPLETE)
while (message := first.messages.receive())[0] in (DATA, DATA_END):
    pass
expect("DeviceClearComplete", message[0], CLEAR_ACKNOWLEDGE, "6.12")
first.number, first.delivered = 0xFFFFFF00, 0
expect("a message after the clear", first.ask("*OPC?"), "1", "6.12")
expect("the errors after it", int(first.ask("SYST:ERR?").split(",")[0]), 0, "6.12")

# Locks: 0 failure, 1 success, 2 success for a shared one that is released, 3 error.
second = Session()
expect("no lock", first.aside(LOCK_INFO)[:3], (LOCK_INFO_RESPONSE, 0, 0), "6.6")
expect("an exclusive lock", first.lock(), 1, "6.5")
expect("the same again", first.lock(), 3, "6.5")
expect("somebody else's", second.lock(timeout=50), 0, "6.5")
expect("who has one", second.aside(LOCK_INFO)[:3], (LOCK_INFO_RESPONSE, 1, 1), "6.6")
second.say("*ESE 7;*OPC?")
second.messages.socket.settimeout(0.2)
try:
    sys.exit(f"hislip: {second.messages.receive()!r} came past the lock")
except TimeoutError:
    checked += 1
second.messages.socket.settimeout(10)
expect("*ESE? meanwhile", int(first.ask("*ESE?")), 0, "6.5")
expect("what was not taken", second.unlock(), 3, "6.5")
expect("the end of the lock", first.unlock(), 1, "6.5")
expect("what was held back", second.read(), "1", "6.5")
expect("a shared lock", first.lock(b"key"), 1, "6.5")
expect("with another key", second.lock(b"another"), 0, "6.5")
expect("with its key", second.lock(b"key"), 1, "6.5")
expect("two have it", second.aside(LOCK_INFO)[:3], (LOCK_INFO_RESPONSE, 0, 2), "6.6")
expect("its end", second.unlock(), 2, "6.5")
second.lock(b"key")
second.close()
expect("the other's end", first.unlock(), 2, "6.5")
third = Session()
expect("a lock after its holder is gone", third.lock(timeout=10000), 1, "6.5")
third.close()

# What is wrong with a message.
first.messages.send(99)
expect("a type that there is not", first.messages.receive()[:2], (ERROR, 1), "table 16")
first.control.send(250)
expect("a vendor's type", first.control.receive()[:2], (ERROR, 3), "table 16")
expect("a message after those", first.ask("*ESE 0;*OPC?"), "1", "6.2")
first.messages.socket.sendall(b"*IDN?\n" + bytes(16))
expect("no header", first.messages.receive()[:2], (FATAL_ERROR, 1), "table 14")
expect("the end of the connection", first.messages.ended(), True, "6.2")
stray = Channel()
stray.send(ASYNC_INITIALIZE, 0, 0xFFF0)
expect("a session that there is not", stray.receive()[:2], (FATAL_ERROR, 3), "table 14")

print(f"hislip: {checked} answers as IVI-6.1 has them")
