"""Isolation: nobody is shown what is another's, neither a note nor an id, and nobody is taken for another."""

from collections.abc import Iterable
from dataclasses import dataclass

from msgspec.structs import replace

from ..events import Request
from ..ledger import Ledger
from ..seen import Seen
from ..verdict import Finding
from .check import Check, Judged
from .wording import broken, holds, honest, place, short, times, unknown

WAITING = 10_000
"""Canaries that are kept in mind which stood in a reply before anybody was seen to write them."""


@dataclass(frozen=True, slots=True)
class _Write:
    person: str
    user: str | None
    seq: int


class Isolation(Check):
    """No response to one user carries what another one wrote, or another's id, in whatever encoding.

    Where the profile says that notes are shared, only ids are secrets, and who is taken for whom is what counts.
    """

    name = "isolation"

    def __init__(self, ledger: Ledger) -> None:
        super().__init__(ledger)
        self._writes: dict[str, _Write] = {}
        self._odd: set[str] = set()
        self._waiting: dict[str, list[Request]] = {}
        self._first: dict[str, int] = {}
        self._late = Judged()
        self._others = Judged()
        self._known: dict[str, int] = {}
        self._sightings = Judged()

    def see(self, seen: Seen) -> None:
        """Also after a break: a reply of before it may turn out to have carried a note whose writing is told later."""
        request = seen.request
        if request.action == "write" and request.canary is not None and not self.ledger.shared:
            self._enter(request)
        if self.broken is None:
            self.look(seen)

    def _enter(self, request: Request) -> None:
        canary = request.canary or ""
        if canary in self._writes:
            return
        write = self._writes[canary] = _Write(request.person, request.claims, request.seq)
        if len(canary) != 14:
            self._odd.add(canary)
        for reader in self._waiting.pop(canary, ()):
            if _leaks(write, reader) and (self.broken is None or reader.seq < max(self.broken.evidence)):
                self.broken = _leak(write, reader, canary)

    def look(self, seen: Seen) -> None:
        request = seen.request
        if request.status is None:
            return
        leaks = []
        reading = seen.reading
        shown: Iterable[str] = () if self.ledger.shared else reading.canaries
        if self._odd and not self.ledger.shared:
            shown = (*shown, *[odd for odd in self._odd if odd in reading.texts[0]])
        for canary in shown:
            write = self._writes.get(canary)
            if write is None:
                if canary != request.canary and len(self._waiting) < WAITING:
                    readers = self._waiting.setdefault(canary, [])
                    if len(readers) < 8:
                        readers.append(replace(request, body="", headers=()))
            elif _leaks(write, request) and not _still_theirs(write, seen) and not self._on_purpose(write, seen):
                leaks.append((write.seq, canary, write))
        if leaks:
            _, canary, write = min(leaks, key=lambda leak: leak[0])
            self.broken = _leak(write, request, canary)
        elif seen.calibrated:
            self._calibrated(seen)
        if self.broken is None:
            self._count(seen)

    def _on_purpose(self, write: _Write, seen: Seen) -> bool:
        """A copy of the writer's own id was brought on purpose: what it opens is the writer's by right."""
        if seen.request.action != "forge":
            return False
        return any(known is not None and known.user == write.user and known.user is not None for known in seen.ids)

    def _calibrated(self, seen: Seen) -> None:
        request = seen.request
        for known in self.ledger.book.shown(seen.reading):
            if known.holder == request.person or known.user == request.claims or _carried(known.value, request):
                continue
            sentence = (
                f"{request.person} was shown the id '{short(known.value)}', under which {known.user} is logged in"
            )
            return self.accuse(f"{sentence} {place(request)}", known.login, request.seq)
        if not honest(request):
            return None
        if seen.sighting == "another":
            taken = f"taken for {seen.view.user}" if seen.view.user else "taken for another user"
            who = (
                f"{request.person}, logged in as {request.claims},"
                if request.claims
                else f"{request.person}, not logged in,"
            )
            return self.accuse(f"{who} was {taken} {place(request)}", seen.standing.login, request.seq)
        if seen.sighting == "several":
            self.wonder(seen, "the reply speaks of several users")
        return None

    def _count(self, seen: Seen) -> None:
        request = seen.request
        if request.action == "write":
            if seen.done and not self.ledger.shared:
                self._first.setdefault(request.person, request.seq)
        elif len(self._first) > 1:
            if seen.done or (seen.calibrated and _decided(seen)):
                self._late.add(request.seq)
        elif self._first and request.person not in self._first and _decided(seen):
            self._others.add(request.seq)
        if seen.sighting == "this" and seen.standing.user and request.person not in self._known:
            self._known[request.person] = request.seq
        if len(self._known) > 1 and seen.sighting in {"this", "anonymous"} and honest(request):
            self._sightings.add(request.seq)

    def rest(self) -> Finding:
        if len(self._first) > 1:
            if not self._late.count:
                sentence = "nobody got an answer after two people had written their notes"
                return unknown("isolation", sentence, self._first.values())
            return self._clean(self._late, "answer", "answers", "none with another's note")
        if self._others.count and self._first:
            return self._clean(
                self._others, "answer to others", "answers to others", f"none with {next(iter(self._first))}'s note"
            )
        if self._sightings.count:
            return self._clean(self._sightings, "answer", "answers", "nobody was taken for another")
        if self.ledger.shared:
            return unknown("isolation", "notes are shared, and fewer than two people were seen to be who they are")
        return unknown(
            "isolation", f"fewer than two people had a note to be leaked: {', '.join(self._first) or 'nobody'}"
        )

    def _clean(self, judged: Judged, one: str, many: str, what: str) -> Finding:
        return holds("isolation", f"{times(judged.count, one, many)}, {what}", judged.numbers)


def _decided(seen: Seen) -> bool:
    """An answer that could have carried a leak."""
    status = seen.request.status
    return status is not None and status < 500 and seen.request.action != "write"


def _leaks(write: _Write, request: Request) -> bool:
    """The note is another user's. Whoever is not logged in may be who has written it, at the same browser."""
    if write.person == request.person and (write.user is None or request.claims is None):
        return False
    if write.user is None or request.claims is None:
        return write.person != request.person
    return write.user != request.claims


def _still_theirs(write: _Write, seen: Seen) -> bool:
    """Whoever wants to be somebody else is who they were until that login is done: many a page sends them home first."""
    request = seen.request
    entering = request.part_of == "login" or (request.action == "login" and not seen.done)
    return entering and write.person == request.person and write.user == seen.standing.user


def _leak(write: _Write, request: Request, canary: str) -> Finding:
    owner = write.person if write.person != request.person or write.user is None else write.user
    who = (
        request.person
        if owner != write.user or write.person != request.person
        else f"{request.claims}, at the same browser,"
    )
    return broken("isolation", f"{who} read {owner}'s note '{canary}' {place(request)}", write.seq, request.seq)


def _carried(value: str, request: Request) -> bool:
    """The request itself brought it: an echo shows nothing."""
    return value in (request.cookies_sent or "") or value in request.url or value in (request.forged or "")
