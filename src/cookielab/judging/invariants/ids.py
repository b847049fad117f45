"""Invariants about session ids: each is issued once, none is invented, none comes back from the dead."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import inf

from ..cookies import Pair, SetCookie, pairs, set_cookie
from ..events import Event, Request
from ..verdict import Finding
from .wording import broken, holds, no_answer, place, short, times, unanswered, unknown, what


def _issues(events: Sequence[Event]) -> Iterator[tuple[Request, tuple[SetCookie, ...]]]:
    """Every request to a subject with the ids that its answer issues.

    A value that the request itself brought along is not issued by the answer: it is renewed, or adopted.
    """
    for request in events:
        if isinstance(request, Request) and request.action != "neighbour":
            brought = {value for _, value in pairs(request.cookies_sent)}
            given = (set_cookie(line, request.at) for line in request.set_cookies)
            yield request, tuple(cookie for cookie in given if not cookie.deletes and cookie.value not in brought)


def uniqueness(events: Sequence[Event]) -> Finding:
    """Session ids are pairwise distinct, and none is issued twice."""
    issued: dict[tuple[str, Pair], Request] = {}
    for request, ids in _issues(events):
        for cookie in ids:
            earlier = issued.setdefault((request.server, cookie.pair), request)
            if earlier is not request:
                name = f"{cookie.name}={short(cookie.value)}"
                sentence = (
                    f"'{name}' was issued to {earlier.person} (request {earlier.seq}) and again to {request.person}"
                )
                return broken("uniqueness", f"{sentence} {place(request)}", earlier.seq, request.seq)
    if not issued:
        return unknown("uniqueness", "the server issued no id")
    return holds(
        "uniqueness", f"{times(len(issued), 'id', 'ids')} issued, no two alike", [r.seq for r in issued.values()]
    )


def _recognised(request: Request) -> bool:
    """The server took the sender for somebody because of what the request carried; a login makes a user of anybody."""
    view = request.view
    return view is not None and (view.known is True or (view.user is not None and request.action != "login"))


def authenticity(events: Sequence[Event]) -> Finding:
    """An id that the server did not issue never becomes valid, and never brings the server down."""
    issued: set[tuple[str, str]] = set()
    control, judged = False, []
    for request, ids in _issues(events):
        sent = [value for _, value in pairs(request.cookies_sent)]
        genuine = any((request.server, value) in issued for value in sent)
        invented = bool(sent) and not genuine
        if (invented or request.action == "forge") and unanswered(request):
            return broken("authenticity", no_answer(request), request.seq)
        if invented and issued and _recognised(request):
            return broken("authenticity", _believed(request), request.seq)
        if invented and (request.view or 400 <= (request.status or 0) < 500):
            judged.append(request.seq)
        control = control or (genuine and _recognised(request))
        issued.update((request.server, cookie.value) for cookie in ids)
    if not issued:
        return unknown("authenticity", "the server issued no id, so there was nothing to forge")
    if not judged:
        return unknown("authenticity", "nobody brought an id that the server had not issued")
    if not control:
        return unknown("authenticity", "the server recognised nobody, not even by an id of its own", judged)
    return holds("authenticity", f"{times(len(judged), 'invented id', 'invented ids')}, none was recognised", judged)


def _believed(request: Request) -> str:
    user = request.view.user if request.view else None
    taken = f"for {user}" if user else "for a returning visitor"
    cookie = short(request.cookies_sent or "")
    return f"{request.person} sent '{cookie}', which the server never issued, and was taken {taken} {place(request)}"


def finality(events: Sequence[Event]) -> Finding:
    """After logout, login or expiry the id from before is never authenticated again."""
    ends: dict[tuple[str, Pair], _End] = {}
    judged = []
    for request, ids in _issues(events):
        sent = [(request.server, pair) for pair in pairs(request.cookies_sent)]
        known = [ends[key] for key in sent if key in ends]
        if known and all(end.at < request.at for end in known):
            if _recognised(request):
                return broken("finality", _undead(known[0], request), known[0].request.seq, request.seq)
            if request.status is not None:
                judged.append(request.seq)
        done = request.at + request.elapsed
        for line in request.set_cookies:
            cookie = set_cookie(line, request.at)
            key = (request.server, cookie.pair)
            if (cookie in ids or key in ends) and not cookie.deletes and not (key in ends and ends[key].final):
                expiry = inf if cookie.lifetime is None else done + cookie.lifetime
                ends[key] = _End(cookie.pair, request, expiry, "it had expired", final=False)
        if request.accepted and request.action in {"login", "logout"}:
            renewed = {cookie.name for cookie in ids}
            for key in sent:
                if key in ends and not ends[key].final and (request.action == "logout" or key[1][0] in renewed):
                    ends[key] = _End(key[1], request, done, f"{request.person}'s {request.action}", final=True)
    if not judged:
        return unknown("finality", "no ended id was tried again")
    return holds("finality", f"{times(len(judged), 'request', 'requests')} with an ended id, none got in", judged)


@dataclass(frozen=True, slots=True)
class _End:
    """When and why an issued id ends; `final` if by an act that cannot be taken back, as an expiry can be."""

    pair: Pair
    request: Request
    at: float
    why: str
    final: bool


def _undead(end: _End, request: Request) -> str:
    id_ = f"{end.pair[0]}={short(end.pair[1])}"
    return f"'{id_}' was still good for {request.person}'s {what(request)} after {end.why} {place(request)}"
