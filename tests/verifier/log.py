"""The tree, checkpoints and keys: `formats.md`, "The tree", "A checkpoint" and "Keys"."""

import base64
import hashlib
import re

import ed25519


class Wrong(Exception):
    """Something is not what it should be; says what."""


def leaf(entry):
    return hashlib.sha256(b"\x00" + entry).digest()


def node(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of(place, size, found, proof):
    """The root that the leaf `found` at `place` of `size` leads to. Source: RFC 9162, 2.1.3.2."""
    if not 0 <= place < size:
        raise Wrong(f"a tree of {size} leaves has no leaf {place}")
    at, last = place, size - 1
    for beside in proof:
        if last == 0:
            raise Wrong("its proof is too long")
        if at % 2 == 1 or at == last:
            found = node(beside, found)
            while at % 2 == 0 and at != 0:
                at, last = at // 2, last // 2
        else:
            found = node(found, beside)
        at, last = at // 2, last // 2
    if last != 0:
        raise Wrong("its proof is too short")
    return found


def from_base64(text):
    """The bytes that only this text gives."""
    try:
        decoded = base64.b64decode(text, validate=True)
    except ValueError:
        decoded = b""
    if base64.b64encode(decoded).decode() != text:
        raise Wrong(f"`{text}` is not base64 as it is written here")
    return decoded


class Key:
    """A verifier key, `NAME+KEYID+BASE64`."""

    def __init__(self, text):
        self.text = text
        parts = text.split("+", 2)
        if len(parts) != 3 or not parts[0] or re.search(r"\s", parts[0]):
            raise Wrong("a key is not `NAME+KEYID+BASE64`")
        self.name, identifier, key = parts[0], parts[1], from_base64(parts[2])
        if key[:1] != b"\x01" or len(key) != 33:
            raise Wrong("a key is not Ed25519")
        self.id = hashlib.sha256(self.name.encode() + b"\n" + key).digest()[:4]
        if self.id.hex() != identifier:
            raise Wrong(f"the id of the key is {self.id.hex()}, not {identifier}")
        self.public = key[1:]

    def is_simulation(self):
        return self.name.endswith("/NOT-FOR-PRODUCTION")

    def pem(self):
        der = bytes.fromhex("302a300506032b6570032100") + self.public
        return f"-----BEGIN PUBLIC KEY-----\n{base64.b64encode(der).decode()}\n-----END PUBLIC KEY-----\n"


class Checkpoint:
    """A note that says which root the log had at which size."""

    def __init__(self, note):
        text, empty, lines = note.rpartition("\n\n")
        self.text = text + "\n"
        parts = text.split("\n")
        if not empty or len(parts) != 3 or not lines.endswith("\n"):
            raise Wrong("a checkpoint is not three lines, an empty one, and signatures")
        self.origin, size, root = parts
        if not re.fullmatch("0|[1-9][0-9]*", size):
            raise Wrong(f"`{size}` is no number of entries")
        self.size, self.root = int(size), from_base64(root)
        if len(self.root) != 32 or not self.origin:
            raise Wrong("a checkpoint names no log, or no root")
        self.signatures = []
        for line in lines[:-1].split("\n"):
            found = re.fullmatch(r"— ([^\s+]+) (\S+)", line)
            if not found:
                raise Wrong(f"`{line}` is no signature")
            blob = from_base64(found[2])
            self.signatures.append((found[1], blob[:4], blob[4:]))

    def check(self, keys):
        """Holds if every one of `keys` signed it."""
        for key in keys:
            of = [it[2] for it in self.signatures if it[:2] == (key.name, key.id)]
            if not of:
                raise Wrong(f"{key.name}+{key.id.hex()} did not sign the checkpoint")
            if not all(ed25519.verify(key.public, self.text.encode(), it) for it in of):
                raise Wrong(f"the signature of {key.name}+{key.id.hex()} is wrong")
