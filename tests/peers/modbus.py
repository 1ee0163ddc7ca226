"""What pymodbus makes of a served TT-5 bench: modbus.py SERVED.

SERVED is a file with what `pogo sim serve` printed. What is expected comes from MODBUS Application
Protocol Specification V1.1b3 and from the register maps in scripts/transmitter, worked out by hand.
"""

import socket
import sys

from pymodbus.client import ModbusSerialClient, ModbusTcpClient
from pymodbus.exceptions import ModbusIOException

CHAMBER, UNIT = 1, 17
asked = 0


def resource(role, part):
    for line in open(sys.argv[1]):
        name, where = line.split()
        if name == role and part in where:
            return where
    sys.exit(f"no {part} of {role}")


def port(role):
    _, host, number, _ = resource(role, "::SOCKET").split("::")
    return host, int(number)


def tcp(role):
    host, number = port(role)
    return ModbusTcpClient(host, port=number, timeout=1, retries=0)


def line(role):
    device = resource(role, "ASRL").removeprefix("ASRL").removesuffix("::INSTR")
    return ModbusSerialClient(device, baudrate=9600, timeout=1, retries=0)


def is_so(what, got, expected):
    global asked
    asked += 1
    if got != expected:
        sys.exit(f"{what}: {got!r}, expected {expected!r}")


def words(response):
    return f"exception {response.exception_code}" if response.isError() else response.registers


def bits(response, count):
    return f"exception {response.exception_code}" if response.isError() else response.bits[:count]


def done(response):
    return f"exception {response.exception_code}" if response.isError() else "done"


def chamber(client, wire):
    """A device of the bench: functions 1 to 6, 8, 15 and 16, and what it declines."""
    if not client.connect():
        sys.exit(f"{wire}: nobody is there")
    on = {"device_id": CHAMBER}
    is_so(f"{wire}: the safe setpoint", words(client.read_holding_registers(0, count=1, **on)), [230])
    is_so(f"{wire}: 40 degC", done(client.write_register(0, 400, **on)), "done")
    is_so(f"{wire}: 40 degC", words(client.read_holding_registers(0, count=1, **on)), [400])
    is_so(f"{wire}: -10 degC", done(client.write_registers(0, [0xFF9C], **on)), "done")
    is_so(f"{wire}: -10 degC", words(client.read_holding_registers(0, count=1, **on)), [0xFF9C])
    is_so(f"{wire}: 200 degC", done(client.write_register(0, 2000, **on)), "exception 3")
    is_so(f"{wire}: nothing is lost", words(client.read_holding_registers(0, count=1, **on)), [0xFF9C])
    is_so(f"{wire}: back", done(client.write_register(0, 230, **on)), "done")
    is_so(f"{wire}: the room", words(client.read_input_registers(0, count=1, **on)), [230])
    serial = words(client.read_input_registers(100, count=4, **on))
    is_so(f"{wire}: SIM00001", serial, [0x5349, 0x4D30, 0x3030, 0x3031])
    is_so(f"{wire}: a coil", done(client.write_coil(0, True, **on)), "done")
    is_so(f"{wire}: a coil", bits(client.read_coils(0, count=1, **on), 1), [True])
    is_so(f"{wire}: coils", done(client.write_coils(0, [False], **on)), "done")
    is_so(f"{wire}: coils", bits(client.read_coils(0, count=1, **on), 1), [False])
    is_so(f"{wire}: the door", bits(client.read_discrete_inputs(2, count=1, **on), 1), [False])
    is_so(f"{wire}: no register", words(client.read_holding_registers(500, count=1, **on)), "exception 2")
    is_so(f"{wire}: beyond", words(client.read_input_registers(100, count=5, **on)), "exception 2")
    is_so(f"{wire}: read only", done(client.write_coil(2, True, **on)), "exception 2")
    both = client.readwrite_registers(read_address=0, read_count=1, address=0, values=[1], **on)
    is_so(f"{wire}: function 23", words(both), "exception 1")
    # pymodbus gives the data as it came.
    echoed = client.diag_query_data(b"\x12\x34", **on)
    is_so(f"{wire}: function 8", echoed.isError(), False)


def switch(on):
    """The unit's supply, by its raw socket."""
    with socket.create_connection(port("psu"), timeout=5) as supply:
        supply.sendall(b"VOLT 12,(@2);:CURR 0.05,(@2);:OUTP %d,(@2);*OPC?\n" % on)
        is_so("the supply", supply.recv(16).strip() in (b"1", b"+1"), True)


def silent(ask, wire):
    try:
        answer = ask()
    except ModbusIOException:
        answer = "silence"
    is_so(f"{wire}: silence is no exception", answer, "silence")


def unit(client, wire):
    """The unit under test: silent without its supply, and then what its handlers say."""
    if not client.connect():
        sys.exit(f"{wire}: nobody is there")
    on = {"device_id": UNIT}
    switch(False)
    silent(lambda: client.read_input_registers(16, count=2, **on), wire)
    switch(True)
    # It boots.
    for _ in range(50):
        try:
            if not client.read_input_registers(16, count=2, **on).isError():
                break
        except ModbusIOException:
            pass
    else:
        sys.exit(f"{wire}: it never answers")
    is_so(f"{wire}: SIM00017", words(client.read_input_registers(0, count=5, **on)),
          [0x5349, 0x4D30, 0x3030, 0x3137, 0])
    is_so(f"{wire}: 23 degC", words(client.read_input_registers(16, count=2, **on)), [0x41B8, 0])
    is_so(f"{wire}: a trim of 0.5 K", done(client.write_register(32, 50, **on)), "done")
    is_so(f"{wire}: 23.5 degC", words(client.read_input_registers(16, count=2, **on)), [0x41BC, 0])
    is_so(f"{wire}: a trim of 3 K", done(client.write_register(32, 300, **on)), "exception 3")
    is_so(f"{wire}: no trim", done(client.write_register(32, 0, **on)), "done")
    other = {"device_id": 99}
    if "TCP" in wire:
        nobody = client.read_input_registers(16, count=2, **other)
        is_so(f"{wire}: nobody behind the gateway", words(nobody), "exception 11")
    else:
        silent(lambda: client.read_input_registers(16, count=2, **other), wire)
    switch(False)


chamber(tcp("chamber"), "chamber over TCP")
chamber(line("chamber"), "chamber on a line")
unit(tcp("line"), "unit over TCP")
unit(line("line"), "unit on a line")
print(f"peers: pymodbus agrees, {asked} answers")
