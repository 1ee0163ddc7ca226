"""Verifies a bundle of Pogo's record with nothing of Pogo's: the standard library of Python 3.

Usage: python3 verify.py [--key FILE] [--json] BUNDLE
FILE holds the log's key as its owner gave it to you. Exits with 0 if the bundle holds, else with 4.

Everything here follows from `formats.md`, which is part of a bundle.
"""

import sys

sys.dont_write_bytecode = True  # A bundle has no other files than those it lists.

import argparse
import hashlib
import json
import pathlib

from judge import judge, parse, value_of
from log import Checkpoint, Key, Wrong, leaf, root_of
from pattern import Unknown
from runs import Runs

SENSELESS = (KeyError, TypeError, ValueError, AttributeError, RecursionError)


class Verifier:
    """What a bundle was found to be."""

    def __init__(self, folder, key):
        self.wrong, self.unseen, self.verdicts = [], [], {}
        self.places, self.attachments, self.keys = [], {}, []
        self.gone = set()
        files = sorted(it for it in folder.rglob("*") if it.is_file() or it.is_symlink())
        self.files = {it.relative_to(folder).as_posix(): it.read_bytes() for it in files}
        self.key = Key(self.files["key"].decode().removesuffix("\n"))
        self.checkpoint = Checkpoint(self.files["checkpoint"].decode())
        self.runs = Runs(self.key.is_simulation())
        for part in (self.outside, self.entries, self.behind, self.beside):
            self.check(None, part, key)
        self.wrong.sort(key=lambda it: (it[0] is None, it[0]))

    def say(self, seq, what):
        self.wrong.append((seq, what))

    def check(self, seq, part, *arguments):
        """Does something in which everything may be wrong."""
        try:
            return part(*arguments)
        except Unknown as cause:
            self.unseen.append(f"entry {seq} is not judged: its pattern has {cause}")
        except Wrong as cause:
            self.say(seq, str(cause))
        except SENSELESS as cause:
            self.say(seq, f"makes no sense: {cause!r}")

    def outside(self, key):
        """What holds before anything is read that was recorded."""
        sums = {name: hashlib.sha256(it).hexdigest() for name, it in self.files.items()}
        listed = sorted(it.encode() for it in sums if it != "SHA256SUMS")
        lines = (f"{sums[it.decode()]}  {it.decode()}\n" for it in listed)
        if "".join(lines).encode() != self.files["SHA256SUMS"]:
            self.say(None, "the files are not those that SHA256SUMS lists")
        if key not in (None, self.key.text):
            self.say(None, f"the key is {self.key.text}, not {key}")
        written = f"{self.key.text}\n".encode(), self.key.pem().encode()
        if written != (self.files["key"], self.files["key.pem"]):
            self.say(None, "key and key.pem are not the same key")
        self.checkpoint.check([self.key])

    def entries(self, _):
        lines, proofs = (self.files[it].split(b"\n") for it in ("entries.jsonl", "proofs.txt"))
        if len(lines) != len(proofs) or lines.pop() + proofs.pop():
            self.say(None, "there is not one proof for each entry")
        for line, proof in zip(lines, proofs):
            seq = int(proof.split()[0])
            self.check(seq, self.proven, seq, leaf(line), proof.decode())
            self.check(seq, self.says, seq, parse(line.decode()))

    def proven(self, seq, found, proof):
        beside = [bytes.fromhex(it) for it in proof.split()[2:]]
        if " ".join([str(seq), found.hex(), *(it.hex() for it in beside)]) != proof:
            raise Wrong("its bytes are not those that were hashed")
        if root_of(seq, self.checkpoint.size, found, beside) != self.checkpoint.root:
            raise Wrong("is not in the signed tree")

    def says(self, seq, entry):
        kind, body = entry["type"], entry["body"]
        if entry["schema"] != 1 or entry["seq"] != seq:
            raise Wrong(f"is of schema {entry['schema']}, and entry {entry['seq']}")
        if self.places and seq <= self.places[-1]:
            raise Wrong("stands behind a later one")
        self.places.append(seq)
        own = {"measurement": self.judged, "check": self.judged, "attachment": self.attached}
        own |= {"attachments.pruned": self.pruned}
        own |= {"key.activated": self.took_over, "checkpoint": self.signed}
        if kind in own:
            self.check(seq, own[kind], seq, body)
        self.runs.take(entry)

    def judged(self, seq, body):
        if body["rule"] != "simple":
            raise Wrong(f"the rule `{body['rule']}` is not known here")
        unit, said = body.get("unit"), body["verdict"]
        verdict = self.verdicts[seq] = judge(unit, value_of(body["value"], unit), body["limits"])
        if verdict != said:
            what = f"`{body['name']}` is {verdict.upper()} by its own value and limit"
            raise Wrong(f"{what}, but the record says {said.upper()}")

    def attached(self, seq, body):
        self.attachments[body["sha256"]] = seq
        # Attached again: from here on it has to be there.
        self.gone.discard(body["sha256"])
        bytes = self.files.get(f"attachments/{body['sha256']}")
        if bytes is None:
            return
        if (hashlib.sha256(bytes).hexdigest(), len(bytes)) != (body["sha256"], body["size"]):
            raise Wrong(f"the attachment {body['sha256']} has other bytes")

    def pruned(self, _, body):
        self.gone |= {it["sha256"] for it in body["files"]}

    def took_over(self, seq, body):
        before, key = self.keys[-1][1].text if self.keys else None, Key(body["key"])
        if body.get("previous") != before or not key.name == body["origin"] == self.key.name:
            raise Wrong("a key takes over that nobody vouched for")
        self.keys.append((seq, key))

    def signed(self, seq, body):
        """A checkpoint on the way; the one behind a new key is signed with the old one too."""
        checkpoint = Checkpoint(body["note"])
        both = len(self.keys) > 1 and self.keys[-1][0] == seq - 1
        checkpoint.check([key for _, key in self.keys[-2 if both else -1 :]])
        if (checkpoint.origin, checkpoint.size) != (self.key.name, seq):
            raise Wrong(f"a checkpoint of {checkpoint.size} entries of {checkpoint.origin}")

    def behind(self, _):
        """What is known once every entry has gone by."""
        if [it.text for _, it in self.keys[-1:]] != [self.key.text] or self.places[:1] != [0]:
            self.say(None, "the entries do not begin with the log, or name another key")
        here, runs = set(self.places), self.runs.by_id.values()
        for run in runs:
            gaps = [at for at in range(run.first, run.last) if at not in here]
            if gaps:
                what = f"{len(gaps)} entries from {gaps[0]} to {gaps[-1]} are not here"
                self.unseen.append(f"{what}: of other runs, or left out of the run {run.id}")
            if run.verdict is None:
                self.unseen.append(f"the run {run.id} has no end here")
        self.unseen += self.runs.missing()
        said = parse(self.files["bundle.json"].decode())
        of = {run.serial if "serial" in said else run.id for run in runs}
        if said["bundle"] != 1 or of != {said.get("serial", said.get("run"))}:
            self.say(None, "bundle.json says that this is something else")

    def beside(self, _):
        for name, seq in self.attachments.items():
            if f"attachments/{name}" in self.files:
                continue
            if name not in self.gone:
                self.say(seq, f"the attachment {name} is missing")
            else:
                self.unseen.append(f"the attachment {name}, which the station no longer keeps")
        for name in self.files:
            if name.startswith("attachments/") and name[12:] not in self.attachments:
                self.say(None, f"no entry names the attachment {name[12:]}")

    def document(self):
        findings = [{"seq": seq, "what": what} for seq, what in self.wrong]
        modes = sorted({run.mode for run in self.runs.by_id.values()})
        document = {"holds": not self.wrong, "modes": modes, "key": self.key.text}
        document |= {"entries": len(self.places), "signed": self.checkpoint.size}
        document |= {"runs": len(self.runs.by_id), "attachments": len(self.attachments)}
        return document | {"findings": findings, "unseen": self.unseen, "verdicts": self.verdicts}


def show(found):
    rows = [("mode", " and ".join(found["modes"])), ("key", found["key"])]
    rows += [("entries", f"{found['entries']} of the {found['signed']} that are signed")]
    rows += [(name, found[name]) for name in ("runs", "attachments")]
    rows += [("verdicts", f"{len(found['verdicts'])} worked out again")]
    for it in found["findings"]:
        place = "" if it["seq"] is None else f"entry {it['seq']}: "
        rows.append(("wrong", place + it["what"]))
    for name, what in rows + [("not seen", it) for it in found["unseen"]]:
        print(f"  {name:<12}{what}")
    print("\nHOLDS for whoever trusts the key" if found["holds"] else "\nDOES NOT HOLD")


def main():
    arguments = argparse.ArgumentParser(description="Verifies a bundle of Pogo's record.")
    arguments.add_argument("bundle", type=pathlib.Path)
    arguments.add_argument("--key", metavar="FILE", type=pathlib.Path, help="the log's key")
    arguments.add_argument("--json", action="store_true", help="prints one JSON document")
    arguments = arguments.parse_args()
    try:
        key = arguments.key.read_text().strip() if arguments.key else None
        found = Verifier(arguments.bundle, key).document()
    except (Wrong, OSError, *SENSELESS) as cause:
        print(f"DOES NOT HOLD  {cause!r}")
        return 4
    print(json.dumps(found, indent=2)) if arguments.json else show(found)
    return 0 if found["holds"] else 4


if __name__ == "__main__":
    sys.exit(main())
