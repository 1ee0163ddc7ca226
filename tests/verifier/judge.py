"""Values, limits, and what follows from them: `formats.md`, "A value", "A limit", "Judging"."""

import json
import math
from decimal import Decimal

import pattern
from log import Wrong

# Which tolerances an amount can have; the keys are all the units there are.
SCALES = ("V", "A", "W", "Ohm", "s", "Hz", "K", "m", "kg", "Pa", "C", "F", "bit/s")
TOLERANCES = {unit: (unit, "%") for unit in SCALES}
TOLERANCES |= {"1": ("1",), "Cel": ("K",), "dB[mW]": ("dB",), "dB": ("dB",), "%": ()}
NOT_FINITE = {"NaN": math.nan, "inf": math.inf, "-inf": -math.inf}


def binary(text):
    if math.isinf(float(text)):
        raise Wrong(f"{text} is no number of 64 bits")
    return float(text)


def once(pairs):
    if len(dict(pairs)) != len(pairs):
        raise Wrong("a document says something twice")
    return dict(pairs)


def parse(text):
    """A JSON document; numbers with a fraction or an exponent are `float`, all others `int`."""
    # `int` refuses what Python alone takes for a number.
    return json.loads(text, parse_float=binary, parse_constant=int, object_pairs_hook=once)


def fits(number, bits):
    return -(2 ** (bits - 1)) <= number < 2 ** (bits - 1)


def value_of(value, unit):
    """What `value` is in `unit`, which is None for texts, and for yes or no."""
    kind = type(value)
    if unit is None and kind in (str, bool):
        return value
    if unit in TOLERANCES:
        if kind is str and value in NOT_FINITE:
            return NOT_FINITE[value]
        if kind is float or (kind is int and unit == "1" and fits(value, 64)):
            return value
    raise Wrong(f"{value!r} has no value in the unit {unit!r}")


def edge_of(limit, name):
    number = value_of(limit[name], limit["unit"])
    if not math.isfinite(number):
        raise Wrong(f"{number} cannot be an edge")
    return number


def digits(number):
    """The digits of a binary number, without zeroes at their end, and the power of ten."""
    sign, figures, exponent = Decimal(repr(number)).normalize().as_tuple()
    d = int("".join(map(str, figures)))
    return (-d if sign else d), (exponent if d else 0)


def exactly(nominal, tolerance, is_percent, sign):
    """The edge from the digits; None where that takes too many."""
    (n, n_at), (t, t_at) = digits(nominal), digits(tolerance)
    if is_percent:
        t, t_at = abs(n) * t, n_at + t_at - 2
    at = min(n_at, t_at)
    zeroes = [10 ** (e - at) if d else 0 for d, e in ((n, n_at), (t, t_at))]
    steps = [t, *zeroes, n * zeroes[0], t * zeroes[1], n * zeroes[0] + sign * t * zeroes[1]]
    edge = float(f"{steps[-1]}e{at}")
    return edge if all(fits(step, 128) for step in steps) and math.isfinite(edge) else None


def edge(nominal, tolerance, is_percent, sign):
    """`low` for the sign -1 and `high` for 1."""
    if type(nominal) is type(tolerance) is int and fits(nominal + sign * tolerance, 64):
        return nominal + sign * tolerance
    n, t = float(nominal), float(tolerance)
    found = exactly(n, t, is_percent, sign)
    if found is None:
        found = n + sign * (abs(n) * t / 100 if is_percent else t)
    return found


def band(limit):
    """The edges of a limit on numbers; None for one that it does not have."""
    kind, unit = limit["kind"], limit["unit"]
    if kind == "within":
        nominal, by = edge_of(limit, "nominal"), limit["tolerance"]
        tolerance = edge_of(by, "value")
        if by["unit"] not in TOLERANCES[unit] or tolerance < 0:
            raise Wrong(f"{tolerance} in {by['unit']!r} is no tolerance of an amount in {unit!r}")
        edges = [edge(nominal, tolerance, by["unit"] == "%", sign) for sign in (-1, 1)]
        if list(map(repr, edges)) != [repr(value_of(limit[it], unit)) for it in ("low", "high")]:
            raise Wrong(f"the edges are {edges}, which are not those that are written")
        return edges
    low = edge_of(limit, "low") if kind != "at-most" else None
    high = edge_of(limit, "high") if kind != "at-least" else None
    if kind == "between" and low > high:
        raise Wrong(f"the limit is from {low} to {high}, which is less")
    return low, high


def choices(limit):
    """What a value may be equal to."""
    found = [limit["expected"]] if limit["kind"] == "equals" else limit["choices"]
    values = [value_of(it["value"], it.get("unit")) for it in found]
    if not values or any(type(it) is float for it in values):
        raise Wrong("nothing can be equal to it")
    return values


def judge(unit, value, limit):
    """The verdict that follows from a value and its limit."""
    kind = limit["kind"]
    if kind in ("between", "at-least", "at-most", "within"):
        low, high = band(limit)
    elif kind in ("equals", "one-of"):
        alike = [it for it in choices(limit) if type(it) is type(value)]
    elif kind != "matches":
        raise Wrong(f"`{kind}` is not a kind of limit")
    if type(value) is float and not math.isfinite(value):
        return "error"
    if kind == "matches":
        if type(value) is not str:
            return "error"
        inside = pattern.describes(limit["pattern"], value)
    elif kind in ("equals", "one-of"):
        if not alike:
            return "error"
        inside = value in alike
    elif unit != limit["unit"]:
        return "error"
    else:
        inside = (low is None or low <= value) and (high is None or value <= high)
    return "pass" if inside else "fail"
