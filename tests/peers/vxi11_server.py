"""A meter behind VXI-11 whose wire nobody here wrote.

vxi11_server.py COUNTS: the calls, their layout and that of their results are python-vxi11's, which
refuses arguments that are too few or too many, and so is the registration with the portmapper. What
the meter says to a message, and what becomes of a link, is written here. COUNTS gets the number of
calls of each procedure when the server is told to end (SIGTERM).
"""

import collections
import signal
import sys

from vxi11 import rpc, vxi11

PIECE = 1024
LINK = 42
WAIT_FOR_LOCK, END, BY_COUNT, BY_END = 1, 8, 1, 4
INVALID_LINK, TIMEOUT = 4, 15
ANSWERS = {
    b"*IDN?": b"Keysight Technologies,34461A,SIM-VXI11,1.0",
    b"SYST:ERR?": b'+0,"No error"',
    b"CAL:DATE?": b'"2026,1,1"',
    b"*OPC?": b"1",
    b'FUNC "VOLT:DC";:READ?': b"+1.23400000E+00",
    # Longer than what is read at once, with line feeds in it and without one at its end.
    b"BLOCK?": b"#43000" + bytes(range(250)) * 12,
}

counts = collections.Counter()


class Server(rpc.TCPServer):
    def addpackers(self):
        self.packer, self.unpacker = vxi11.Packer(), vxi11.Unpacker("")

    def take(self, unpack, name):
        arguments = unpack()
        self.turn_around()
        counts[name] += 1
        return arguments

    def handle_10(self):
        _, lock, _, device = self.take(self.unpacker.unpack_create_link_parms, "create_link")
        known = device == b"inst0" and not lock
        self.message, self.response = b"", b""
        self.packer.pack_create_link_resp((0, LINK, 0, PIECE) if known else (3, 0, 0, 0))

    def handle_11(self):
        link, timeout, lock_timeout, flags, data = self.take(
            self.unpacker.unpack_device_write_parms, "device_write"
        )
        if link != LINK or len(data) > PIECE or lock_timeout > timeout:
            return self.packer.pack_device_write_resp((INVALID_LINK, 0))
        # Less than it was given, as long as that is not little: the rest has to follow.
        taken = data if len(data) < 700 else data[:600]
        self.message += taken
        if flags & END and taken == data:
            question, self.message = self.message.rstrip(b"\n"), b""
            if question.startswith(b"LENGTH? "):
                self.response = b"%d\n" % len(question)
            else:
                answer = ANSWERS.get(question, b"")
                self.response = answer if question == b"BLOCK?" else answer and answer + b"\n"
        self.packer.pack_device_write_resp((0, len(taken)))

    def handle_12(self):
        link, size, *_ = self.take(self.unpacker.unpack_device_read_parms, "device_read")
        if link != LINK or not self.response:
            error = TIMEOUT if link == LINK else INVALID_LINK
            return self.packer.pack_device_read_resp((error, 0, b""))
        piece, self.response = self.response[:size], self.response[size:]
        reason = BY_COUNT if self.response else BY_END
        self.packer.pack_device_read_resp((0, reason, piece))

    def handle_13(self):
        self.take(self.unpacker.unpack_device_generic_parms, "device_readstb")
        self.packer.pack_device_read_stb_resp((0, 16 if self.response else 0))

    def handle_14(self):
        self.take(self.unpacker.unpack_device_generic_parms, "device_trigger")
        self.packer.pack_device_error(0)

    def handle_15(self):
        self.take(self.unpacker.unpack_device_generic_parms, "device_clear")
        self.message, self.response = b"", b""
        self.packer.pack_device_error(0)

    def handle_23(self):
        link = self.take(self.unpacker.unpack_device_link, "destroy_link")
        self.packer.pack_device_error(0 if link == LINK else INVALID_LINK)


def ended(*_):
    with open(sys.argv[1], "w") as file:
        file.writelines(f"{name} {count}\n" for name, count in sorted(counts.items()))
    server.unregister()
    sys.exit(0)


server = Server("127.0.0.1", vxi11.DEVICE_CORE_PROG, vxi11.DEVICE_CORE_VERS, 0)
server.register()
signal.signal(signal.SIGTERM, ended)
print(server.port, flush=True)
server.loop()
