"""A server of pymodbus's, over TCP and over a pair of pseudoterminals: modbus_server.py WHERE.

Writes the port and the device file to WHERE once both are served. Unit 1 has holding registers 0 to
19 and coils 0 to 7; requests for unit 9 are not heard.
"""

import asyncio
import os
import sys
import threading
import tty

from pymodbus import FramerType
from pymodbus.datastore import ModbusDeviceContext, ModbusSequentialDataBlock, ModbusServerContext
from pymodbus.server import ModbusSerialServer, ModbusTcpServer


def context():
    # -40.0 with a scale of 0.1; 123.5 as binary32, high word first; 70000 with the low word first.
    registers = [0] * 20
    registers[0] = 0xFE70
    registers[10:14] = [0x42F7, 0x0000, 0x1170, 0x0001]
    # pymodbus counts from 1 here.
    blocks = {"hr": ModbusSequentialDataBlock(1, registers), "co": ModbusSequentialDataBlock(1, [0] * 8)}
    return ModbusServerContext(devices={1: ModbusDeviceContext(**blocks)}, single=False)


def pair():
    """Two device files, as if a cable joined them."""
    (left, one), (right, two) = os.openpty(), os.openpty()
    for end in (one, two):
        tty.setraw(end)

    def carry(source, target):
        while chunk := os.read(source, 1024):
            os.write(target, chunk)

    for ends in ((left, right), (right, left)):
        threading.Thread(target=carry, args=ends, daemon=True).start()
    return os.ttyname(one), os.ttyname(two)


def deaf(at):
    """Hears nothing that is for unit 9, whose id is the byte `at` of a frame."""
    return lambda sending, frame: b"" if not sending and frame[at : at + 1] == b"\x09" else frame


async def main():
    ours, theirs = pair()
    tcp = ModbusTcpServer(context(), address=("127.0.0.1", 0), trace_packet=deaf(6))
    # A pseudoterminal has no parity.
    line = ModbusSerialServer(context(), framer=FramerType.RTU, port=ours, baudrate=19200,
                              parity="N", trace_packet=deaf(0))
    await tcp.serve_forever(background=True)
    await line.serve_forever(background=True)
    port = tcp.transport.sockets[0].getsockname()[1]
    with open(sys.argv[1] + ".new", "w") as where:
        where.write(f"{port} {theirs}\n")
    os.rename(sys.argv[1] + ".new", sys.argv[1])
    await asyncio.Event().wait()


asyncio.run(main())
