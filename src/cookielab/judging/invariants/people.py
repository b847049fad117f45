"""Invariants about people: nobody reads another's note, everybody reads their own, nobody is thrown out."""

from collections.abc import Sequence

from ..events import Event, Request
from ..ledger import Standing, walk
from ..verdict import Finding
from .wording import broken, holds, honest, no_answer, place, times, unanswered, unknown, what

REFUSED = frozenset({401, 403})


def _requests(events: Sequence[Event]) -> list[Request]:
    return [event for event in events if isinstance(event, Request) and event.action != "neighbour"]


def isolation(events: Sequence[Event]) -> Finding:
    """No response to one person carries the canary that another one wrote, neither in its body nor in its headers."""
    requests = _requests(events)
    writes = {r.canary: r for r in requests if r.action == "write" and r.canary is not None}
    answered = [r for r in requests if r.status is not None]
    for reader in answered:
        text = "\n".join([reader.body, *(value for _, value in reader.headers)])
        for canary, write in writes.items():
            if write.person != reader.person and canary in text:
                sentence = f"{reader.person} read {write.person}'s note '{canary}' {place(reader)}"
                return broken("isolation", sentence, write.seq, reader.seq)
    first = {r.person: r.seq for r in reversed(answered) if r.action == "write" and r.accepted}
    if len(first) < 2:
        return unknown("isolation", f"fewer than two people had a note to be leaked: {', '.join(first) or 'nobody'}")
    judged = [r.seq for r in answered if r.action != "write" and r.accepted and r.seq > sorted(first.values())[1]]
    if not judged:
        return unknown("isolation", "nobody got an answer after two people had written their notes", first.values())
    return holds("isolation", f"{times(len(judged), 'answer', 'answers')}, none with another's note", judged)


def continuity(events: Sequence[Event]) -> Finding:
    """Who is logged in reads their own note back; who comes again is counted on, who comes anew is counted as new."""
    judged = []
    for request, standing in walk(events):
        if honest(request) and unanswered(request):
            return broken("continuity", no_answer(request), request.seq)
        if request.action == "visit" and request.accepted and request.view:
            found, due = request.view.visits, standing.visits
            if found is None or due is None:
                continue
            if found != due:
                return broken("continuity", _miscount(request, found, due), request.seq)
            judged.append(request.seq)
        elif request.action == "read" and standing.user and standing.canary and _decides(request):
            if not _gives(request, standing.canary):
                sentence = f"{request.person} wrote '{standing.canary}' and then read {_read(request)} {place(request)}"
                return broken("continuity", sentence, standing.login, standing.written, request.seq)
            judged.append(request.seq)
    if not judged:
        return unknown("continuity", "no visit was counted and nobody read a note of their own")
    return holds("continuity", f"{times(len(judged), 'answer', 'answers')}, each as the person had left things", judged)


def _miscount(request: Request, found: int, due: int) -> str:
    came = f"{request.person} came as somebody new" if due == 1 else f"{request.person} came back"
    return f"{came} and was counted as visit {found} instead of {due} {place(request)}"


def _decides(request: Request) -> bool:
    return request.accepted or request.status in REFUSED


def _gives(request: Request, canary: str) -> bool:
    return request.view.note == canary if request.view else canary in request.body


def _read(request: Request) -> str:
    if not request.accepted:
        return f"nothing: status {request.status}"
    if request.view is None:
        return "something else"
    return "nothing" if request.view.note is None else f"'{request.view.note}'"


def durability(events: Sequence[Event]) -> Finding:
    """What a user has written, and the server has acknowledged, is what the same user reads until writing again."""
    requests = _requests(events)
    judged = []
    for read in requests:
        view = read.view
        if read.action != "read" or not read.accepted or view is None or view.user is None or view.user != read.claims:
            continue
        mine = [w for w in requests if w.action == "write" and (w.server, w.claims) == (read.server, read.claims)]
        current = [
            w for w in mine if w.at <= _end(read) and not any(_replaces(x, w) and _end(x) <= read.at for x in mine)
        ]
        settled = [w for w in current if w.accepted and _end(w) <= read.at]
        if not settled:
            continue
        if view.note not in {w.canary for w in current}:
            sentence = f"{read.person}'s note '{settled[-1].canary}' was acknowledged, a later read gave {_read(read)}"
            return broken("durability", f"{sentence} {place(read)}", settled[-1].seq, read.seq)
        judged.append(read.seq)
    if not judged:
        return unknown("durability", "no acknowledged note was read again by the same user")
    return holds("durability", f"{times(len(judged), 'read', 'reads')}, each gave what was last written", judged)


def _end(request: Request) -> float:
    return request.at + request.elapsed


def _replaces(later: Request, earlier: Request) -> bool:
    return later.accepted and later.at >= _end(earlier) and later is not earlier


def steadiness(events: Sequence[Event]) -> Finding:
    """Who has logged in stays logged in, as themselves, until they themselves end it."""
    judged = []
    for request, standing in walk(events):
        if honest(request) and unanswered(request):
            return broken("steadiness", no_answer(request), request.seq)
        if request.action not in {"whoami", "read"} or standing.user is None or not _decides(request):
            continue
        if not _is(standing, request):
            sentence = f"{request.person} had logged in as {standing.user} and was then {_taken_for(request)}"
            return broken("steadiness", f"{sentence} {place(request)}", standing.login, request.seq)
        judged.append(request.seq)
    if not judged:
        return unknown("steadiness", "nobody logged in and was seen again")
    return holds("steadiness", f"{times(len(judged), 'answer', 'answers')}, each to the user who had logged in", judged)


def _is(standing: Standing, request: Request) -> bool:
    if request.view is None:
        return request.accepted
    return request.view.user == standing.user


def _taken_for(request: Request) -> str:
    user = request.view.user if request.view else None
    return f"taken for {user}" if user else f"taken for nobody by {what(request)}"
