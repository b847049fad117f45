"""How much chance is in the ids that a server issues: an upper bound, from what was seen of them. (OWASP ASVS 5.0, 7.2.3.)"""

import itertools
import string
from collections.abc import Sequence
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


def bits(values: Sequence[str]) -> float:
    """At most so many bits of chance are in each: the places that differ, each with all letters of its alphabet.

    Values of different lengths are compared as far as the shortest one goes.
    """
    varying = [letters for letters in map(set, zip(*values, strict=False)) if len(letters) > 1]
    seen = set().union(*varying)
    size = next((_size(alphabet) for alphabet in ALPHABETS if seen <= set(alphabet)), ALL)
    return len(varying) * log2(size)


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
