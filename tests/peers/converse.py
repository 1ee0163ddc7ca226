"""Holds conversation.toml over one client: converse.py CLIENT SERVED.

CLIENT is one of `over`'s names there, SERVED a file with what `pogo sim serve` printed. Ends with how
many exchanges there were; fewer than 60 answers that were compared are a failure.
"""

import fnmatch
import os
import subprocess
import sys
import tomllib

client, served_file = sys.argv[1:]
FACES = {
    "socket": "::SOCKET",
    "lxi": "::SOCKET",
    "vxi11": "::inst",
    "lxi-vxi11": "::inst",
    "hislip": "::hislip",
    "serial": "ASRL",
}
KEYS = {"to", "over", "say", "times", "ask", "read", "reply", "within", "poll", "drain", "do", "from"}


def address(role):
    """The resource of `role` that is of this client's face."""
    for line in open(served_file):
        name, resource = line.split()
        if name == role and FACES[client] in resource:
            return resource
    sys.exit(f"{served_file} has no {FACES[client]} of {role}")


class Visa:
    """PyVISA-py."""

    def __init__(self, resource):
        import pyvisa

        self.error = pyvisa.errors.VisaIOError
        self.manager = pyvisa.ResourceManager("@py")
        self.resource = resource
        self.session = self.open()

    def open(self):
        session = self.manager.open_resource(self.resource, timeout=5000)
        # Where the wire has no end of its own the line feed is one.
        if client in ("socket", "serial"):
            session.read_termination = "\n"
        session.write_termination = "\n"
        return session

    def say(self, message):
        self.session.write_raw(message.encode() + b"\n")

    def ask(self, message):
        self.say(message)
        return self.read()

    def read(self):
        return self.session.read().rstrip("\n")

    def read_nothing(self):
        self.session.timeout = 200
        try:
            return self.session.read()
        except self.error:
            return "nothing"
        finally:
            self.session.timeout = 5000

    def poll(self):
        return self.session.read_stb()

    def do(self, what):
        if what == "clear":
            self.session.clear()
        elif what == "trigger":
            self.session.assert_trigger()
        elif what == "lock":
            self.session.lock_excl()
        elif what == "unlock":
            self.session.unlock()
        elif what == "refused":
            second = self.open()
            second.timeout = 200
            try:
                second.write("*OPC?")
            except self.error:
                return
            finally:
                second.close()
            sys.exit("a second session wrote in spite of the lock")
        else:
            sys.exit(f"do = {what!r} is not known")


class Lxi:
    """lxi-tools, a process and a connection per message."""

    def __init__(self, resource):
        self.command = ["lxi", "scpi", "-a", "127.0.0.1", "-t", "5"]
        if client == "lxi":
            self.command += ["-r", "-p", resource.split("::")[2]]
        elif not resource.endswith("::inst0::INSTR"):
            # It opens inst0 and nothing else.
            self.command = None

    def ask(self, message):
        if self.command is None:
            return None
        ended = subprocess.run(self.command + [message], capture_output=True, text=True, timeout=30)
        if ended.returncode != 0:
            sys.exit(f"{' '.join(self.command)} {message!r}: {ended.stdout}{ended.stderr}")
        return ended.stdout.strip()

    say = ask


def fields(text):
    """The parts of a reply; a comma within quotes separates nothing."""
    parts, quoted = [""], False
    for character in text:
        quoted ^= character == '"'
        if character in ";," and not quoted:
            parts.append("")
        else:
            parts[-1] += character
    return parts


def same(actual, expected, within):
    try:
        return abs(float(actual) - float(expected)) <= max(within, 1e-6 * abs(float(expected)))
    except ValueError:
        return fnmatch.fnmatchcase(actual, expected)


def agrees(actual, expected, within):
    actual, expected = fields(actual), fields(expected)
    # A pattern's last field stands for all that follow.
    if expected[-1] == "*":
        actual = actual[: len(expected)]
    return len(actual) == len(expected) and all(
        same(one, other, within) for one, other in zip(actual, expected)
    )


with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "conversation.toml"), "rb") as file:
    exchanges = tomllib.load(file)["exchange"]
peers = {role: (Lxi if client.startswith("lxi") else Visa)(address(role)) for role in ("psu", "dmm")}
exchanged = compared = 0


def expect(what, actual, expected, within=0.0):
    global compared
    wanted = [expected] if isinstance(expected, str) else expected
    if not any(agrees(actual, it, within) for it in wanted):
        sys.exit(f"{client}: {what} answered {actual!r}, expected {expected!r}: {exchange['from']}")
    compared += 1


for exchange in exchanges:
    if unknown := exchange.keys() - KEYS:
        sys.exit(f"conversation.toml: {sorted(unknown)} is not known: {exchange}")
    if client not in exchange.get("over", FACES):
        continue
    peer = peers[exchange.get("to", "psu")]
    within = exchange.get("within", 0.0)
    if "say" in exchange:
        for _ in range(exchange.get("times", 1)):
            peer.say(exchange["say"])
    elif "ask" in exchange:
        answer = peer.ask(exchange["ask"])
        if answer is None:
            continue
        expect(exchange["ask"], answer, exchange["reply"], within)
    elif "read" in exchange:
        nothing = exchange["reply"] == "nothing"
        expect("a read", peer.read_nothing() if nothing else peer.read(), exchange["reply"], within)
    elif "poll" in exchange:
        expect("a serial poll", str(peer.poll()), str(exchange["poll"]))
    elif "drain" in exchange:
        errors = []
        while int(fields(error := peer.ask("SYST:ERR?"))[0]) != 0:
            errors.append(error)
            if len(errors) > 1000:
                sys.exit("the error queue has no end")
        expect("the first error", errors[0], exchange["drain"][0])
        expect("the last error", errors[-1], exchange["drain"][1])
    else:
        peer.do(exchange["do"])
    exchanged += 1

if compared < 60:
    sys.exit(f"{client}: only {compared} answers were compared")
print(f"{client}: {exchanged} exchanges, {compared} answers as the standards and manuals have them")
