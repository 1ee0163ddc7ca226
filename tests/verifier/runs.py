"""Runs and steps, against the order in which they can happen: `formats.md`, "Runs and steps"."""

from log import Wrong

ORDER = ("pass", "fail", "error", "aborted")
REASONS = {
    "pass": "passed skipped",
    "fail": "limit no-answer unexpected-answer",
    "error": "bench-error script-error secret-given-away script-limit timeout not-a-number unset judged-nothing "
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
        self.steps, self.open = 0, [Part(0, "", 0)]

    def held(self, entry):
        if entry["mode"] != self.mode:
            own = f"`{entry['type']}` in the mode `{entry['mode']}`"
            raise Wrong(f"{own}, of a run in the mode `{self.mode}`")

    def around(self):
        """The step that was open last; none if only the run is."""
        return self.open[-1].number or None

    def take(self, entry):
        kind, body = entry["type"], entry["body"]
        if self.verdict is not None:
            raise Wrong(f"`{kind}` of the run {self.id}, which had ended")
        self.held(entry)
        self.last = entry["seq"]
        if kind == "step.started":
            self.begin(body)
        elif kind == "step.ended":
            if self.around() != body["step"]:
                raise Wrong(f"step {body['step']} ends, which is not the one that goes on")
            step = self.open.pop()
            self.open[-1].ends(step, ORDER.index(body["verdict"]))
            follows(body, step.worst, f"step {step.number}")
        elif kind in ("run.ended", "run.interrupted"):
            self.verdict = body["verdict"]
            if self.around() and ORDER.index(self.verdict) < ORDER.index("error"):
                raise Wrong(f"the run is {self.verdict.upper()}, though step {self.around()} goes on")
            follows(body, max(part.worst for part in self.open), "the run")
        else:
            step = body.get("step")
            if step is not None and step not in [part.number for part in self.open[1:]]:
                raise Wrong(f"`{kind}` in step {step}, which does not go on")
            if "verdict" in body:
                within = [part for part in self.open if step in (None, part.number)]
                within[-1].saw(ORDER.index(body["verdict"]))

    def begin(self, body):
        step, name, attempt = body["step"], body["name"], body["attempt"]
        expected, around = self.steps + 1, self.around()
        self.steps = max(self.steps, step)
        may_be = self.open[-1].begins(name, attempt, bool(body.get("forgives")))
        self.open.append(Part(step, name, attempt))
        if step != expected:
            raise Wrong(f"step {step} begins where step {expected} has to")
        if body.get("parent") != around:
            raise Wrong(f"step {step} is not part of the step that goes on")
        if not may_be:
            asks = "and nothing before it asks for another"
            raise Wrong(f"step {step} is attempt {attempt}, {asks}")


class Part:
    """A step that goes on, or the run, whose number is 0."""

    def __init__(self, number, name, attempt):
        self.number, self.name, self.attempt = number, name, attempt
        # The worst in it; and the step that ended last, its verdict, and the worst before that.
        self.worst, self.last = 0, None

    def saw(self, verdict):
        self.worst, self.last = max(self.worst, verdict), None

    def ends(self, step, verdict):
        self.last = (step.name, step.attempt, verdict, self.worst)
        self.worst = max(self.worst, verdict)

    def begins(self, name, attempt, forgives):
        """Whether a step may be the attempt that it says to be; the one before counts no more."""
        last, self.last = self.last, None
        if attempt <= 1:
            return True
        most = ORDER.index("error" if forgives else "fail")
        if not last or last[:2] != (name, attempt - 1) or not 1 <= last[2] <= most:
            return False
        self.worst = last[3]
        return True


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
