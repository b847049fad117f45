"""Ids that a server never issued, made from one that it did: what somebody tries who has an id of their own."""

import re
import string
from collections.abc import Iterator

from ..judging.chance import digests
from . import chance

STEPS = (1, 2, 3, 5, 10)
"""How far the neighbours of a counter are."""
NULLS = ("0", "1", "null", "true", "undefined", "None", "-1", "%")
"""What programming languages and databases make of nothing, or of everything."""
TRICKS = (
    "admin",
    "a" * 10_240,
    "before\x00after",
    '"quoted"',
    "' OR '1'='1",
    "'--",
    "../../../../etc/passwd",
    "%2e%2e%2f",
    "кто-я-🍪",
    "",
)
"""What breaks parsers, databases and file systems."""
ALPHABETS = (
    string.digits,
    "0123456789abcdef",
    "0123456789ABCDEF",
    string.ascii_lowercase,
    string.ascii_letters + string.digits,
)


def chosen(genuine: str) -> str:
    """A new id of the same length and alphabet; punctuation stays where it is, as in a signed value or a UUID."""
    if not genuine:
        return "".join(chance.source().choices(string.ascii_letters + string.digits, k=43))
    used = {letter for letter in genuine if letter.isalnum()}
    alphabet = next((each for each in ALPHABETS if used <= set(each)), string.ascii_letters + string.digits)
    source = chance.source()
    while True:
        made = "".join(source.choice(alphabet) if letter.isalnum() else letter for letter in genuine)
        if made != genuine:
            return made


def neighbours(genuine: str) -> Iterator[tuple[str, str]]:
    """What it is, and the value: the numbers around a number in it, and small changes of the whole."""
    for match in _numbers(genuine):
        digits = match[0]
        base = 10 if digits.isdecimal() else 16
        for step in (*(-each for each in STEPS), *STEPS):
            number = int(digits, base) + step
            if number >= 0:
                text = f"{number:0{len(digits)}d}" if base == 10 else f"{number:0{len(digits)}x}"
                yield f"his own id, counted on by {step:+d}", genuine[: match.start()] + text + genuine[match.end() :]
    for about, value in (
        ("his own id, its last letter changed", genuine[:-1] + _other(genuine[-1])),
        ("his own id, its last letter missing", genuine[:-1]),
        ("his own id and one letter more", f"{genuine}0"),
        ("his own id, backwards", genuine[::-1]),
        ("his own id, capitals and small letters swapped", genuine.swapcase()),
    ):
        if value not in (genuine, ""):
            yield about, value


def between(first: str, second: str, most: int) -> Iterator[str]:
    """The numbers between two ids that are numbers, decimal or hexadecimal, `most` of them and as long as the ids are;
    none where they are no numbers, or too far apart to be tried one by one."""
    for base, digits in ((10, string.digits), (16, string.hexdigits)):
        if first and second and {*first, *second} <= set(digits) and max(len(first), len(second)) <= 18:
            low, high = sorted((int(first, base), int(second, base)))
            if high - low <= most:
                for number in range(low + 1, high):
                    yield f"{number:0{len(first)}{'d' if base == 10 else 'x'}}"
                return


def of_a_name(name: str) -> Iterator[tuple[str, str]]:
    """What it is, and the value: a user's name, and the common hashes of it."""
    yield "alice's name", name
    yield from ((f"the {kind} of alice's name", digest) for kind, digest in digests(name))


def _numbers(genuine: str) -> list[re.Match[str]]:
    """The numbers of an id that might be counters: it is one as a whole, or has one beside other things."""
    whole = re.fullmatch(r"[0-9]{1,18}|[0-9a-f]{1,15}", genuine)
    return [whole] if whole else list(re.finditer(r"(?<![0-9A-Za-z])[0-9]{1,15}(?![0-9A-Za-z])", genuine))[:2]


def _other(letter: str) -> str:
    """Another letter of the same kind: of base64's last letter the low bits may not count, so one that is far from it."""
    for alphabet in (string.digits, string.ascii_lowercase, string.ascii_uppercase):
        if letter in alphabet:
            return alphabet[(alphabet.index(letter) + len(alphabet) // 2) % len(alphabet)]
    return "x"
