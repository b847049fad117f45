"""Hostile Cookie headers from a grammar: pairs that look like ours, cut, doubled, folded, and full of odd bytes."""

from random import Random

NAMES = ["sid", "__Host-sid"]

_KEYS = [
    "SID", "Sid", "sid2", "xsid", "__host-sid", "__Host-", "__Host-__Host-sid", "$sid", "sid.", "sid[]", "sid%3D",
    "", " ", "a", "theme", "$Version", "$Path", "expires", "path", "s\xefd", "s\x00id", "\x00sid", "sid\x00", "\x0bsid", "\xa0sid", "\x85sid",
]  # fmt: skip
_VALUES = [
    "", "A", "deleted", "null", '""', '"', '"a b"', '"open', "a=b", "=", "==", "sid=evil", "a,b", "a, sid=evil", "a\\;b", '{"a":1}', "%00", "%3B",
    "\x00", "\x00\x00", "\r", "\n", "\r\n", "\r\n\t", "\x0b", "\x0c", "\x1c", "\x1d", "\x7f", "\x85", "\xa0", "\xff", "\xc3\xa4", "\xed\xa0\x80",
    "\xe2\x80\xa8", "Thu, 01 Jan 1970 00:00:00 GMT", "A" * 42, "A" * 43, "-_" * 21 + "A", "A" * 44, "A" * 42 + "=", "A" * 42 + "\n",
]  # fmt: skip
_EQUALS = ["=", "=", "=", "=", "=", " = ", "\t=", "==", "", ":", "=\r\n ", "\xa0="]
_ENDS = [
    ";",
    ";",
    ";",
    ";",
    "; ",
    "; ",
    "; ",
    " ;",
    ";;",
    ",",
    ", ",
    "&",
    "\r\n",
    "\n",
    "\x00",
    "",
    "; sid",
    "=;",
    ";=",
]
_LINE_END = "\x1e"


def request(random: Random) -> bytes:
    """One input as `judge.lines_of` reads it: two octets of options, then the Cookie header lines of a request."""
    lines = ["".join(_pair(random) for _ in range(_few(random))) for _ in range(_few(random) // 2 or 1)]
    text = bytearray(_LINE_END.join(lines).encode("latin-1"))
    for _ in range(random.choice((0, 0, 1, 3))):
        _damage(random, text)
    return random.randbytes(2) + bytes(text)


def _pair(random: Random) -> str:
    value = random.choice(_VALUES) * random.choice((1, 1, 1, 1, 1, 1, 2, 40))
    key = random.choice(NAMES) if random.random() < 0.4 else random.choice(_KEYS)
    return key + random.choice(_EQUALS) + value + random.choice(_ENDS)


def _few(random: Random) -> int:
    return min(int(random.expovariate(0.3)), 30)


def _damage(random: Random, text: bytearray) -> None:
    at = random.randrange(len(text) + 1)
    match random.randrange(4):
        case 0:
            text[at:at] = random.randbytes(random.randrange(1, 5))
        case 1:
            del text[at : at + random.randrange(1, 9)]
        case 2:
            text[at:at] = text[at // 2 : at]
        case _:
            text[at : at + 1] = bytes([random.choice(b'; =\t\r\n\x00"\\,\xa0\xff')])
