"""Canaries, found by their form in one scan of a reply, in whatever encoding a server may have put them.

A canary is `c-` and twelve hexadecimal digits. Servers escape what they print: for HTML, for URLs (twice, in a redirect of
a redirect), for JSON, as base64 at any offset, as hex.
"""

import base64
import binascii
import re
import string
from collections.abc import Iterator
from dataclasses import dataclass

from .events import Request

CANARY = re.compile(r"c-[0-9a-f]{12}")
_HEX = re.compile(r"632d(?:3[0-9]|6[1-6]){12}", re.IGNORECASE)
_BASE64 = (
    ("Yy", re.compile(r"(?=(Yy[01][A-Za-z0-9+/_-]{16}))")),
    ("Mt", re.compile(r"(?=([A-Za-z0-9+/_-][GWm2]Mt[A-Za-z0-9+/_-]{16}))")),
    ("jL", re.compile(r"(?=([A-Za-z0-9+/_-]{2}[BFJNRVZdhlptx159]jL[TW][A-Za-z0-9+/_-]{16}))")),
)
"""`c-` as base64, at each of the three offsets that it may have in a group of three bytes, and what may follow;
before each what must stand in a text at all, which is found at once."""
_LONG = re.compile(r"[A-Za-z0-9+/_-]{24,}")
"""What may be base64 of something long enough to be an id."""
DENSE = 19
"""Letters and digits that stand side by side in an encoded canary, at the least."""
_ROW = b"x" * DENSE
"""Looked for from the end: in prose that is three times as fast as from the beginning."""
_LETTERS = f"{string.ascii_letters}{string.digits}+/_-".encode()
_LEVEL = bytes(ord("x") if byte in _LETTERS else ord(" ") for byte in range(256))
"""What a text is translated by so that it shows its words alone, as rows of one letter."""
_ESCAPED = re.compile(
    r"%([0-9A-Fa-f]{2})|&#(?:[xX]0{0,6}([0-9A-Fa-f]{1,6})|0{0,6}([0-9]{1,7}));?|\\(?:u00|x)([0-9A-Fa-f]{2})"
)
_NAMED = {"&amp;": "&", "&quot;": '"', "&apos;": "'", "&lt;": "<", "&gt;": ">", "&equals;": "=", "&plus;": "+"}
_ENTITY = re.compile("|".join(_NAMED))
ROUNDS = 3
"""How often a text may have been escaped: a URL in a URL in a page."""


@dataclass(slots=True)
class Reading:
    """A reply as it stands and with what is escaped in it undone; those of these texts that are dense; all canaries in it.

    A text is dense where so many letters stand side by side anywhere as encoded canaries and long ids have: prose is not.
    """

    texts: tuple[str, ...]
    dense: tuple[str, ...]
    canaries: frozenset[str]

    @property
    def inner(self) -> Iterator[str]:
        """What stands in it as base64, where that is a text itself."""
        for text in self.dense:
            for piece in _LONG.findall(text):
                letters = piece.replace("-", "+").replace("_", "/")
                letters = letters[:-1] if len(letters) % 4 == 1 else letters + "A" * (-len(letters) % 4)
                plain = base64.b64decode(letters)
                if plain.isascii():
                    yield plain.decode("ascii")


def read(request: Request) -> Reading:
    """Reads all of a reply in which something may be shown: the body and the values of the headers."""
    return reading("\n".join([request.body, *[value for _, value in request.headers]]))


def reading(text: str) -> Reading:
    """Reads a text."""
    texts = (text, *_undone(text)) if "%" in text or "&" in text or "\\" in text else (text,)
    dense = tuple([each for each in texts if each.encode("utf-8", "surrogatepass").translate(_LEVEL).rfind(_ROW) >= 0])
    found = [canary for each in texts for canary in CANARY.findall(each)]
    for each in dense:
        found.extend(_encoded(each))
    return Reading(texts, dense, frozenset(found))


def _undone(text: str) -> Iterator[str]:
    """The text as it reads once what is escaped in it is undone, as often as that changes anything."""
    for _ in range(ROUNDS):
        plain = _ENTITY.sub(lambda found: _NAMED[found[0]], _ESCAPED.sub(_unescape, text))
        if plain == text:
            return
        yield plain
        text = plain


def _unescape(found: re.Match[str]) -> str:
    hexadecimal = found[1] or found[2] or found[4]
    code = int(hexadecimal, 16) if hexadecimal else int(found[3])
    return chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else found[0]


def _encoded(text: str) -> Iterator[str]:
    """All canaries in a text that are encoded there."""
    if "632d" in text or "632D" in text:
        for match in _HEX.findall(text):
            yield from CANARY.findall(binascii.unhexlify(match).decode("ascii"))
    for mark, pattern in _BASE64:
        if mark in text:
            for piece in pattern.findall(text):
                yield from _decoded(piece)


def _decoded(piece: str) -> list[str]:
    """A group of four letters gives three bytes; what is cut off at the end is padded."""
    letters = piece.replace("-", "+").replace("_", "/")
    letters += "A" * (-len(letters) % 4)
    return CANARY.findall(base64.b64decode(letters).decode("latin-1"))
