"""How much chance is in the ids that a server issues: an upper bound, from what was seen of them. (OWASP ASVS 5.0, 7.2.3.)"""

import base64
import binascii
import hashlib
import itertools
import re
import string
from collections.abc import Iterator, Sequence
from math import log2

ENOUGH = 64
"""Bits of chance that an id must have."""
FEWEST = 10
"""Ids that must be known to say something of them."""
ALPHABETS = (
    string.digits,
    "0123456789abcdef",
    "0123456789ABCDEF",
    string.ascii_lowercase,
    string.ascii_uppercase,
    string.ascii_letters + string.digits,
    string.ascii_letters + string.digits + "-_+/=",
)
ALL = 96
SPAN = 1 << 40
"""How far the numbers of a counter may be apart: random ones of any decent length are further."""
DIGESTS = {32: "md5", 40: "sha1", 64: "sha256"}
COUNTED = 3000
"""How far a counter is looked for behind a digest, and how many milliseconds around the time of the reply."""


def bits(values: Sequence[str]) -> float:
    """At most so many bits of chance are in each: the places that differ, each with all letters of its alphabet.

    Values of different lengths are compared as far as the shortest one goes.
    """
    varying = [letters for letters in map(set, zip(*values, strict=False)) if len(letters) > 1]
    seen = set().union(*varying)
    size = next((_size(alphabet) for alphabet in ALPHABETS if seen <= set(alphabet)), ALL)
    return len(varying) * log2(size)


def opaque(text: str) -> bool:
    """Whether a text holds enough chance by itself: long, and not something readable that was merely encoded."""
    used = set(text)
    if len(used) < 8 or not all(letter.isalnum() or letter in "-_+/=%" for letter in used):
        return False
    size = next((_size(alphabet) for alphabet in ALPHABETS if used <= set(alphabet)), 62)
    return len(text) * log2(size) >= ENOUGH and not _readable(text)


def _readable(text: str) -> bool:
    letters = re.sub(r"%3[dD]|=", "", text).replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(letters + "=" * (-len(letters) % 4), validate=True).isascii()
    except binascii.Error:
        return False


def digested(values: Sequence[tuple[str, float]]) -> str | None:
    """What these ids are, with the times at which they came, if they are digests of a counter or of the time."""
    kinds = {DIGESTS.get(len(value)) for value, _ in values if re.fullmatch(r"[0-9a-f]+", value)}
    if len(values) < 2 or len(kinds) != 1 or not (kind := kinds.pop()):
        return None
    counted = {_digest(kind, str(number)) for number in range(COUNTED)}
    if all(value in counted for value, _ in values[:3]):
        return f"the {kind} of a counter"
    for what, scale, span in (("seconds", 1, 5), ("milliseconds", 1000, COUNTED)):
        if all(
            value in {_digest(kind, str(number)) for number in range(int(at * scale) - span, int(at * scale) + span)}
            for value, at in values[:3]
        ):
            return f"the {kind} of the time in {what}"
    return None


def digests(text: str) -> Iterator[tuple[str, str]]:
    """The common hashes of a text, each after its name."""
    yield from ((kind, _digest(kind, text)) for kind in DIGESTS.values())


def _digest(kind: str, text: str) -> str:
    return hashlib.new(kind, text.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()


def _size(alphabet: str) -> int:
    return min(len(alphabet), 64)


def counts(values: Sequence[str]) -> bool:
    """Whether these, in the order in which they were issued, are a counter: numbers close together that only rise or fall."""
    for base in (10, 16):
        try:
            numbers = [int(value, base) for value in values if len(value) <= 64]
        except ValueError:
            continue
        if len(numbers) == len(values) and max(numbers) - min(numbers) < SPAN:
            steps = [later - earlier for earlier, later in itertools.pairwise(numbers)]
            if all(step > 0 for step in steps) or all(step < 0 for step in steps):
                return True
    return False
