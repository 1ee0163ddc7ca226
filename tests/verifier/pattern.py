"""Regular expressions of a record, as Python spells them: `formats.md`, "A pattern".

What is let through here means the same in both languages. Nobody should guess at the rest.
"""

import re
import unicodedata

# An escape, a class without classes in it, a group, a repetition, or one character.
ESCAPE = r"\\(?:[^\w\s<>]|[dDwWsStnrfv]|x[0-9A-Fa-f]{2})"
TOKEN = re.compile(
    rf"{ESCAPE}|\\[AzbB]|\[\^?\]?(?:{ESCAPE}|[^\[\]\\])*\]|\((?:\?:|\?P?<\w+>|(?!\?))"
    r"|\{\d+(?:,\d*)?\}|[^\\\[\](){}]|\)"
)
SPELLED = {"$": r"\Z", r"\z": r"\Z"}
SPACES = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    map(chr, range(0x2000, 0x200B))
)
# Letters among the symbols, and what joins letters.
LETTERS = [(0x24B6, 0x24E9), (0x1F130, 0x1F149), (0x1F150, 0x1F169), (0x1F170, 0x1F189)]
LETTERS += [(0x200C, 0x200D)]
PRIVATE = [chr(it) for it in range(0xE000, 0xF900)]


class Unknown(Exception):
    """This program cannot judge by such a pattern."""


def is_in(kind, letter):
    """Whether a character is one of `\\d`, `\\s` or `\\w`."""
    category, code = unicodedata.category(letter), ord(letter)
    if kind == "d":
        return category == "Nd"
    if kind == "s":
        return letter in SPACES
    named = category[0] in "LM" or category in ("Nd", "Nl", "Pc")
    return named or any(first <= code <= last for first, last in LETTERS)


def spelled(token, text):
    """A token as Python spells it, for a match with this text and no other."""
    if token in SPELLED:
        return SPELLED[token]
    if token[0] == "[" and re.search(r"&&|--|~~|\\[dDwWsS]-[^\]]", token):
        raise Unknown(f"`{token}`")

    def piece(found):
        kind = found[0][1:]
        if kind not in "dDwWsS":
            return found[0]
        members = (it for it in set(text) if is_in(kind.lower(), it) == kind.islower())
        # Some letter has to stand there: one that the text does not have.
        members = "".join(map(re.escape, members)) + next(it for it in PRIVATE if it not in text)
        return members if token[0] == "[" else f"[{members}]"

    return re.sub(r"\\.", piece, token.replace("(?<", "(?P<"), flags=re.DOTALL)


def describes(pattern, text):
    """Whether the pattern describes the text from its first to its last character."""
    ignore = pattern.startswith("(?i)")
    at, python, before = 4 if ignore else 0, "", "("
    if re.search(r"\\[bB]", pattern) and not text.isascii():
        raise Unknown("the edge of a word, and the text more than ASCII")
    # The one thing about case that the two languages see differently in letters of ASCII.
    if ignore and (not pattern.isascii() or set(text) & {"\u0130", "\u0131"}):
        raise Unknown("letters without case, and more than ASCII")
    while at < len(pattern):
        token = TOKEN.match(pattern, at)
        repeated = before in "*+?" or before[0] == "{"
        if not token or (repeated and token[0] in "*+"):
            raise Unknown(f"`{pattern[at:]}`")
        python += spelled(token[0], text)
        at, before = token.end(), token[0]
    try:
        return re.fullmatch(python, text, re.IGNORECASE if ignore else 0) is not None
    except (re.error, OverflowError) as cause:
        raise Unknown(str(cause)) from None
