"""Runs and steps, against the order in which they can happen: `formats.md`, "Runs and steps"."""

from log import Wrong

ORDER = ("pass", "fail", "error", "aborted")
REASONS = {
    "pass": "passed",
    "fail": "limit no-answer",
    "error": "bench-error script-error script-limit timeout not-a-number unset judged-nothing "
    "not-safe not-recorded refused interlock-open",
    "aborted": "stopped interlock interrupted",
}
VERDICT_OF = {reason: verdict for verdict, all in REASONS.items() for reason in all.split()}
OF_NO_RUN = ("key.activated", "checkpoint", "station.boot", "attachments.pruned")


class Run:
    """One run, as far as its entries have gone by."""

    def __init__(self, entry):
        body = entry["body"]
        header = body["header"]
        self.id, self.first, self.last = entry["run"], entry["seq"], entry["seq"]
        self.mode, self.plan = header["mode"], header["plan"]["id"]
        self.serial, self.attempt = header["device"]["serial"], body["attempt"]
        self.verdict = None
        self.held(entry)
        # The steps that are open, each with its number and the worst in it; 0 is the run.
        self.open, self.steps, self.worst = [], 0, {0: 0}

    def held(self, entry):
        if entry["mode"] != self.mode:
            own = f"`{entry['type']}` in the mode `{entry['mode']}`"
            raise Wrong(f"{own}, of a run in the mode `{self.mode}`")

    def saw(self, step, verdict):
        for at in {step or (self.open[-1] if self.open else 0), 0}:
            self.worst[at] = max(self.worst[at], ORDER.index(verdict))

    def take(self, entry):
        kind, body = entry["type"], entry["body"]
        if self.verdict is not None:
            raise Wrong(f"`{kind}` of the run {self.id}, which had ended")
        self.held(entry)
        self.last = entry["seq"]
        if kind == "step.started":
            self.begin(body["step"], body.get("parent"))
        elif kind == "step.ended":
            if not self.open or self.open[-1] != body["step"]:
                raise Wrong(f"step {body['step']} ends, which is not the one that goes on")
            step = self.open.pop()
            self.saw(None, body["verdict"])
            follows(body, self.worst[step], f"step {step}")
        elif kind in ("run.ended", "run.interrupted"):
            self.verdict = body["verdict"]
            if self.open and ORDER.index(self.verdict) < ORDER.index("error"):
                raise Wrong(f"the run is {self.verdict.upper()}, though step {self.open[-1]} goes on")
            follows(body, self.worst[0], "the run")
        else:
            if body.get("step") is not None and body["step"] not in self.open:
                raise Wrong(f"`{kind}` in step {body['step']}, which does not go on")
            self.saw(body.get("step"), body.get("verdict", "pass"))

    def begin(self, step, parent):
        expected, around = self.steps + 1, self.open[-1] if self.open else None
        self.steps = max(self.steps, step)
        self.open.append(step)
        self.worst[step] = 0
        if step != expected:
            raise Wrong(f"step {step} begins where step {expected} has to")
        if parent != around:
            raise Wrong(f"step {step} is not part of the step that goes on")


def follows(end, worst, what):
    """A verdict is the one of its reason, and no better than what it was made of."""
    verdict = end["verdict"]
    if VERDICT_OF.get(end["reason"]) != verdict:
        raise Wrong(f"{what} is {verdict.upper()}, which its reason does not give")
    if ORDER.index(verdict) < worst:
        inside = ORDER[worst].upper()
        raise Wrong(f"{what} is {verdict.upper()}, though something in it is {inside}")


class Runs:
    """All runs of a bundle, in the order of their beginnings."""

    def __init__(self, simulated):
        self.simulated, self.by_id = simulated, {}

    def take(self, entry):
        kind, run = entry["type"], entry.get("run")
        if (entry["mode"] == "simulate") != self.simulated:
            raise Wrong(f"an entry in the mode `{entry['mode']}` in this log")
        if run is None:
            if kind not in OF_NO_RUN:
                raise Wrong(f"`{kind}` says nothing of its run")
        elif kind == "run.started":
            if run in self.by_id:
                raise Wrong(f"the run {run} begins again")
            self.by_id[run] = Run(entry)
        elif run not in self.by_id:
            raise Wrong(f"`{kind}` of the run {run}, which never began")
        else:
            self.by_id[run].take(entry)

    def missing(self):
        """Attempts before the ones that are here, a sentence each."""
        counted = {}
        for run in self.by_id.values():
            counted.setdefault((run.plan, run.mode, run.serial), set()).add(run.attempt)
        for (plan, mode, serial), here in counted.items():
            attempts = range(1, max(here) if here != {"NOT RECORDED"} else 0)
            left = [str(it) for it in attempts if it not in here]
            if left:
                yield f"attempts {', '.join(left)} at {plan} on {serial} in the mode {mode}"
