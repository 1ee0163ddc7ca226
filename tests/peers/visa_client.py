"""PyVISA-py talks to the served TH-100 bench. SERVED has what `pogo sim serve` printed."""

import sys
import time

import pyvisa

sockets = dict(line.split() for line in open(sys.argv[1]) if "::SOCKET" in line)
manager = pyvisa.ResourceManager("@py")


def open_role(name):
    return manager.open_resource(
        sockets[name], read_termination="\n", write_termination="\n", timeout=3000
    )


def expect(what, actual, wanted):
    assert wanted(actual), f"{what} answered {actual!r}"
    print(f"{what} -> {actual}")


def near(value, tolerance):
    return lambda text: abs(float(text) - value) <= tolerance


supply, rail, out = (open_role(name) for name in ("psu", "dmm", "out"))

for role in (supply, rail, out):
    expect("*IDN?", role.query("*IDN?"), lambda text: text.split(",")[2].startswith("SIM"))
    role.write("*CLS")
    expect("SYST:ERR?", role.query("SYST:ERR?"), lambda text: text.lstrip("+").startswith('0,"No error'))

# Settings are read back, in short and long form, whatever the case and with or without the colon.
supply.write("VOLT 2.5,(@1)")
for question in ("VOLT? (@1)", ":SOURce:VOLTage:LEVel? (@1)", "sour:volt:lev:imm:ampl? (@1)"):
    expect(question, supply.query(question), near(2.5, 1e-6))

# Compound messages: one response, joined by semicolons; a common command leaves the path alone.
expect(
    "VOLT 3,(@1);CURR 0.05,(@1);VOLT? (@1);CURR? (@1)",
    supply.query("VOLT 3,(@1);CURR 0.05,(@1);VOLT? (@1);CURR? (@1)"),
    lambda text: [round(float(part), 6) for part in text.split(";")] == [3.0, 0.05],
)
expect(
    "SYST:VERS?;*STB?;ERR?",
    supply.query("SYST:VERS?;*STB?;ERR?"),
    lambda text: len(text.split(";")) == 3 and text.startswith("1999"),
)

# The error queue: first in, first out; the status byte shows that it is not empty.
supply.write("VOLTAGEE 1")
supply.write("VOLT 99,(@1)")
expect("*STB?", supply.query("*STB?"), lambda text: int(text) & 4)
expect("SYST:ERR?", supply.query("SYST:ERR?"), lambda text: text.startswith("-113"))
expect("SYST:ERR?", supply.query("SYST:ERR?"), lambda text: text.startswith("-222"))
expect("SYST:ERR?", supply.query("SYST:ERR?"), lambda text: text.lstrip("+").startswith("0,"))
expect("VOLT? (@1)", supply.query("VOLT? (@1)"), near(3.0, 1e-6))

# What one client sets on the supply, a meter on another port reads: they share a circuit.
def battery(state):
    supply.write(f"OUTP {state},(@1)")
    expect("*OPC?", supply.query("*OPC?"), lambda text: int(text) == 1)


def probe(volts):
    supply.write(f"VOLT {volts},(@2);CURR 0.01,(@2);OUTP ON,(@2)")
    expect("*OPC?", supply.query("*OPC?"), lambda text: int(text) == 1)


battery("ON")
probe(0.2)
time.sleep(0.5)  # the unit boots in 120 ms of real time
rail.write("CONF:VOLT:DC;:VOLT:DC:NPLC 1")
expect("rail READ?", rail.query("READ?"), near(1.8, 0.03))
out.write(":SENS:FUNC 'VOLT:DC';:SENS:VOLT:DC:NPLC 1")
expect("out READ?", out.query("READ?"), near(0.2, 0.005))
probe(0.4)
time.sleep(0.1)
expect("out READ?", out.query("READ?"), near(0.4, 0.005))

# A second client of the same supply sees what the first one set.
second = open_role("psu")
expect("second OUTP?", second.query("OUTP? (@1)"), lambda text: int(text) == 1)
second.write("OUTP OFF,(@1:3)")
expect("second *OPC?", second.query("*OPC?"), lambda text: int(text) == 1)
expect("first OUTP?", supply.query("OUTP? (@1)"), lambda text: int(text) == 0)
expect("rail READ?", rail.query("READ?"), near(0.0, 0.01))
for role in (supply, rail, out):
    expect("SYST:ERR?", role.query("SYST:ERR?"), lambda text: text.lstrip("+").startswith("0,"))

for role in (supply, rail, out, second):
    role.close()
manager.close()
