"""What somebody who is logged in tries with the cookies that a login gave: another's name, the next number, half an id."""

import base64
import binascii
import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote, unquote

from ..judging.chance import digests
from ..judging.invariants.wording import MADE
from .inventions import chosen

KEPT = (4, 8)
"""Letters of an id that stay, where a server may look at no more of it."""
_ENCODED = re.compile(r"[A-Za-z0-9+/_-]{4,}(?:={1,2}|(?:%3[dD]){1,2})?")
_NUMBER = re.compile(r"(?<![\w.])\d{1,9}(?![\w.])")
MOST_NUMBERS = 2


def altered(name: str, value: str, names: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """What it is, and the value of the cookie of this name with another's name in place of one's own, or with a number counted on.

    `names`: pairs of one's own name, in any of its forms, and the other's.
    """
    seen = {value}
    for mine, theirs in dict(names).items():
        for about, made in _renamed(value, mine, theirs):
            if made not in seen:
                seen.add(made)
                yield f"{MADE}his own cookie {name} {about}with {theirs}'s name in place of his", made
    for made in _counted(value):
        if made not in seen:
            seen.add(made)
            yield f"{MADE}his own cookie {name} with a number in it counted on", made


def parts(value: str) -> Iterator[tuple[str, str]]:
    """What it is, and an id of which only a part is the genuine one's."""
    if len(value) > 2 * max(KEPT):
        for count in KEPT:
            yield f"an id that begins as his own does ({count} letters)", value[:count] + chosen(value[count:])
            yield f"an id that ends as his own does ({count} letters)", chosen(value[:-count]) + value[-count:]


def _renamed(value: str, mine: str, theirs: str) -> Iterator[tuple[str, str]]:
    for (about, own), (_, other) in zip(_forms(mine), _forms(theirs), strict=True):
        if own in value:
            yield about, value.replace(own, other)
    for start, end, text, again in _texts(value):
        if mine in text:
            yield "(in base64) ", value[:start] + again(text.replace(mine, theirs)) + value[end:]


def _forms(name: str) -> Iterator[tuple[str, str]]:
    yield "", name
    yield "(escaped) ", quote(name)
    yield "(in hexadecimal) ", name.encode().hex()
    yield from ((f"(its {kind}) ", digest) for kind, digest in digests(name))


def _counted(value: str) -> Iterator[str]:
    for match in list(_NUMBER.finditer(value))[:MOST_NUMBERS]:
        yield from (value[: match.start()] + number + value[match.end() :] for number in _beside(match[0]))
    for start, end, text, again in _texts(value):
        for match in list(_NUMBER.finditer(text))[:MOST_NUMBERS]:
            for number in _beside(match[0]):
                yield value[:start] + again(text[: match.start()] + number + text[match.end() :]) + value[end:]


def _beside(digits: str) -> list[str]:
    return [str(int(digits) + step) for step in (-1, 1) if int(digits) + step >= 0]


def _texts(value: str) -> Iterator[tuple[int, int, str, "_Again"]]:
    """Where readable text stands in a value as base64: from, to, the text, and what encodes another one in the same way."""
    for match in _ENCODED.finditer(value):
        again = _Again(match[0])
        if (text := again.text) is not None:
            yield match.start(), match.end(), text, again
            if again.either:
                yield match.start(), match.end(), text, _Again(match[0], padded=True)


class _Again:
    """Encodes as a given piece of base64 is encoded: its alphabet, its padding, escaped or not.

    `either`: it needs no padding itself, so it does not tell whether others have some.
    """

    def __init__(self, piece: str, *, padded: bool = False) -> None:
        plain = unquote(piece)
        self._escaped, self._padded = plain != piece, padded or plain.endswith("=")
        self.either = not padded and len(plain) % 4 == 0 and not plain.endswith("=")
        self._url = "-" in plain or "_" in plain
        letters = plain.rstrip("=").replace("-", "+").replace("_", "/")
        self.text: str | None = None
        try:
            found = base64.b64decode(letters + "=" * (-len(letters) % 4), validate=True)
        except binascii.Error:
            return
        if found.isascii() and found.decode("ascii").isprintable():
            self.text = found.decode("ascii")

    def __call__(self, text: str) -> str:
        made = (base64.urlsafe_b64encode if self._url else base64.b64encode)(text.encode()).decode("ascii")
        made = made if self._padded or self._escaped else made.rstrip("=")
        return quote(made, safe="") if self._escaped else made
