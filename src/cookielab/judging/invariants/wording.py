"""How findings are worded, and when an answer is no answer."""

from collections.abc import Iterable
from urllib.parse import urlsplit

from ..events import HONEST, Request
from ..verdict import Finding, Verdict

DROPPED = {"empty_reply": "an empty reply", "reset": "a reset connection"}
"""Errors by which the server itself refused to answer, in words; a time-out may as well be the network's."""


MADE = "made up: "
"""Before what tells of a forged request that everything in it is made of what the sender knows by right."""


def about(request: Request) -> str:
    """What was forged, in words."""
    return (request.forged or "").removeprefix(MADE)


def broken(invariant: str, sentence: str, *evidence: int | None) -> Finding:
    """The finding that these events break the invariant."""
    return Finding(invariant, Verdict.BROKEN, sentence, tuple(sorted({seq for seq in evidence if seq is not None})))


def holds(invariant: str, sentence: str, evidence: Iterable[int]) -> Finding:
    """The finding that the invariant held each time it was put to the test, which was in these events."""
    return Finding(invariant, Verdict.HOLDS, sentence, tuple(sorted(set(evidence))))


def unknown(invariant: str, sentence: str, evidence: Iterable[int] = ()) -> Finding:
    """The finding that nothing could decide it."""
    return Finding(invariant, Verdict.UNKNOWN, sentence, tuple(sorted(set(evidence))))


def unanswered(request: Request) -> bool:
    """The server dropped the request or failed at it. 501 is an answer: it does not offer this at all.

    What a network in trouble has swallowed is not the server's to answer.
    """
    if request.trouble is not None:
        return False
    return request.error in DROPPED or (request.status is not None and request.status >= 500 and request.status != 501)


def honest(request: Request) -> bool:
    """Somebody just used the server."""
    return request.action in HONEST


def what(request: Request) -> str:
    """Method and path, as in 'GET /note'."""
    return f"{request.method} {urlsplit(request.url).path or '/'}"


def place(request: Request) -> str:
    """Which event it was and where it came from, as the server says, else as the client knows."""
    seen = request.view.seen_from if request.view else None
    origin = f", from {seen}" if seen else f", sent from {request.local}" if request.local else ""
    return f"(request {request.seq}{origin})"


def no_answer(request: Request) -> str:
    """The sentence for a request that was dropped or failed at."""
    got = DROPPED.get(request.error or "", f"status {request.status}")
    return f"{request.person}'s {what(request)} got {got} {place(request)}"


def times(count: int, one: str, many: str) -> str:
    """'1 read' or '3 reads'."""
    return f"{count} {one if count == 1 else many}"


def short(value: str) -> str:
    """A value, cut where nobody reads on."""
    return value if len(value) <= 24 else value[:20] + "…"
