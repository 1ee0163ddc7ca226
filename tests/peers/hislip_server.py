"""A meter behind HiSLIP whose messages are packed and taken apart by PyVISA-py.

hislip_server.py COUNTS: PyVISA-py's client has been held against instruments for years; its header,
its types of messages and their numbers are what this is made of. The order of the messages is
IVI-6.1's, and what the meter says is written here. COUNTS gets the number of messages of each type
when the server is told to end (SIGTERM).
"""

import collections
import select
import signal
import socket
import sys

from pyvisa_py.protocols.hislip import RxHeader, receive_exact, send_msg

SIZE = 16 + 1024
FIRST = 0xFFFFFF00
ANSWERS = {
    b"*IDN?": b"Keysight Technologies,34461A,SIM-HISLIP,1.0",
    b"SYST:ERR?": b'+0,"No error"',
    b"CAL:DATE?": b'"2026,1,1"',
    b"*OPC?": b"1",
    b'FUNC "VOLT:DC";:READ?': b"+1.23400000E+00",
    # Longer than a message, with line feeds in it and without one at its end.
    b"BLOCK?": b"#43000" + bytes(range(250)) * 12,
}

counts = collections.Counter()
listener = socket.create_server(("127.0.0.1", 0))


def ended(*_):
    with open(sys.argv[1], "w") as file:
        file.writelines(f"{name} {count}\n" for name, count in sorted(counts.items()))
    sys.exit(0)


signal.signal(signal.SIGTERM, ended)
print(listener.getsockname()[1], flush=True)


def receive(channel):
    """The next message: type, control code, parameter, payload. PyVISA-py's class for headers that
    come from a server insists on a control code of 0 in data; a client's says with it what it has
    read, so that this takes the header apart with the code cleared."""
    header = receive_exact(channel, 16)
    control, header[3] = header[3], 0
    taken = RxHeader(Replayed(header))
    counts[taken.msg_type] += 1
    return taken.msg_type, control, taken.message_parameter, bytes(
        receive_exact(channel, taken.payload_length)
    )


class Replayed:
    """Bytes that were received, for whoever wants to receive them."""

    def __init__(self, data):
        self.data = data

    def recv_into(self, view, size):
        view[:size] = self.data[:size]
        self.data = self.data[size:]
        return size


def say(channel, kind, control=0, parameter=0, payload=b""):
    send_msg(channel, kind, control, parameter, payload)


def session():
    messages, _ = listener.accept()
    kind, _, version, name = receive(messages)
    assert (kind, name) == ("Initialize", b"hislip0"), (kind, name)
    say(messages, "InitializeResponse", 0, version & 0xFFFF0000 | 7)
    control, _ = listener.accept()
    assert receive(control)[:3] == ("AsyncInitialize", 0, 7)
    say(control, "AsyncInitializeResponse", 0, 0x5858)
    message, longest, number = b"", SIZE, FIRST
    while True:
        ready, _, _ = select.select([control, messages], [], [])
        channel = ready[0]
        try:
            kind, code, parameter, payload = receive(channel)
        except RuntimeError:  # it hung up
            return messages.close(), control.close()
        if kind == "AsyncMaxMsgSize":
            longest = int.from_bytes(payload, "big")
            say(control, "AsyncMaxMsgSizeResponse", payload=SIZE.to_bytes(8, "big"))
        elif kind == "AsyncStatusQuery":
            say(control, "AsyncStatusResponse", 0)
        elif kind == "AsyncLockInfo":
            say(control, "AsyncLockInfoResponse")
        elif kind == "AsyncDeviceClear":
            say(control, "AsyncDeviceClearAcknowledge")
        elif kind == "DeviceClearComplete":
            message, number = b"", FIRST
            say(messages, "DeviceClearAcknowledge")
        elif kind in ("Data", "DataEnd", "Trigger"):
            assert parameter == number, f"{parameter:#x} where {number:#x} is next"
            assert len(payload) <= SIZE - 16, len(payload)
            number = (number + 2) & 0xFFFFFFFF
            message += payload
            if kind == "DataEnd":
                question, message = message.rstrip(b"\n"), b""
                answer = ANSWERS.get(question, b"")
                if question.startswith(b"LENGTH? "):
                    answer = b"%d" % len(question)
                if answer and question != b"BLOCK?":
                    answer += b"\n"
                size = min(longest, SIZE) - 16
                for at in range(0, len(answer), size):
                    last = at + size >= len(answer)
                    say(messages, "DataEnd" if last else "Data", 0, parameter, answer[at : at + size])
        else:
            sys.exit(f"hislip_server: {kind} is not for this server")


while True:
    session()
