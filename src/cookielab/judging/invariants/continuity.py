"""Continuity: who is logged in reads their own note back; who comes again is counted on, who comes anew as new.

A read that overlaps a write of the same user's may give the note from before it or the one that it writes, and of two
writes that overlap either may be the later one: nothing but time tells, so `at` and `elapsed` count, not the order of the
history.
"""

from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from ..canaries import CANARY
from ..ledger import Ledger
from ..seen import Seen
from ..verdict import Finding
from .check import Check
from .wording import holds, honest, no_answer, place, times, unanswered, unknown

REFUSED = frozenset({401, 403})
MOST = 64
"""Writes of one user that are kept in mind: more than overlap with one read."""


@dataclass(frozen=True, slots=True)
class _Write:
    canary: str
    begun: float
    ended: float


@dataclass(slots=True)
class _Notes:
    """One user's notes: the acknowledged writes, and reads of what nobody has been seen to write yet."""

    writes: deque[_Write] = field(default_factory=lambda: deque(maxlen=MOST))
    early: dict[str, list[Seen]] = field(default_factory=dict)

    def current(self, read: Seen) -> Iterator[str]:
        """What a read may give, as time tells."""
        begin, end = read.request.at, read.request.ended
        for write in self.writes:
            replaced = any(other.begun > write.ended and other.ended < begin for other in self.writes)
            if write.begun <= end and not replaced:
                yield write.canary

    def owed(self, read: Seen) -> bool:
        """Some write had been acknowledged before the read began."""
        return any(write.ended <= read.request.at for write in self.writes)


class Continuity(Check):
    """What people have left is what they find when they come again."""

    name = "continuity"

    def __init__(self, ledger: Ledger) -> None:
        super().__init__(ledger)
        self._latest: dict[tuple[str, str | None], str] = {}
        """What each user has last written: not owed in another session, where notes may live in the session."""
        self._notes: defaultdict[tuple[str, str | None], _Notes] = defaultdict(_Notes)
        self._written: set[str] = set()
        self._early: set[str] = set()
        """All notes that were read early, by anybody: few, while people are many."""

    def look(self, seen: Seen) -> None:
        request, standing = seen.request, seen.standing
        if unanswered(request) and honest(request):
            if seen.patience:
                self.wonder(seen, "the server asked for patience")
            else:
                self.accuse(no_answer(request), request.seq)
        elif request.action == "visit" and request.accepted and request.view:
            found, due = request.view.visits, standing.visits
            if found is None or due is None:
                return
            if found != due:
                self.accuse(_miscount(seen, found, due), request.seq)
            self.judged.add(request.seq)
        elif request.action == "write" and request.canary:
            self._write(seen, request.canary)
        elif request.action == "read" and standing.user and request.status is not None:
            self._read(seen, standing.user)

    def _write(self, seen: Seen, canary: str) -> None:
        key = seen.server, seen.request.claims
        self._written.add(canary)
        if seen.done:
            self._latest[key] = canary
            self._notes[key].writes.append(_Write(canary, seen.begun, seen.request.ended))
        for owner, notes in self._notes.items() if canary in self._early else ():
            for read in notes.early.pop(canary, ()):
                if owner == key and canary in notes.current(read):
                    self.judged.add(read.request.seq)
                elif self.broken is None:
                    self._accuse(read)

    def _read(self, seen: Seen, user: str) -> None:
        request, standing = seen.request, seen.standing
        if not standing.canary:
            latest = self._latest.get((seen.server, user)) if seen.calibrated else None
            if latest is not None and gives(seen, latest):
                self.judged.add(request.seq)
        elif gives(seen, standing.canary):
            self.judged.add(request.seq)
        elif seen.muddled:
            self.wonder(seen, seen.muddled)
        elif seen.calibrated or request.accepted or request.status in REFUSED:
            self._other(seen, self._notes[seen.server, user])

    def _other(self, seen: Seen, notes: _Notes) -> None:
        """A read that does not give the note that was told of last: is that explained by what happened at once with it?"""
        shown = _shown(seen)
        if not shown.isdisjoint(notes.current(seen)):
            self.judged.add(seen.request.seq)
        elif (new := _unknown(shown - self._written)) and len(notes.early) < MOST:
            notes.early.setdefault(new, []).append(seen)  # its write may be told of later
            self._early.add(new)
        elif notes.owed(seen):
            self._accuse(seen)

    def _accuse(self, seen: Seen) -> None:
        request, standing = seen.request, seen.standing
        sentence = f"{request.person} wrote '{standing.canary}' and then read {got(seen)} {place(request)}"
        self.accuse(sentence, standing.login, standing.written, request.seq)

    def finding(self) -> Finding:
        early = [read for notes in self._notes.values() for reads in notes.early.values() for read in reads]
        if early and self.broken is None:
            self._accuse(min(early, key=lambda read: read.request.seq))
        return super().finding()

    def rest(self) -> Finding:
        if not self.judged.count:
            return unknown("continuity", "no visit was counted and nobody read a note of their own")
        count = times(self.judged.count, "answer", "answers")
        return holds("continuity", f"{count}, each as the person had left things", self.judged.numbers)


def _miscount(seen: Seen, found: int, due: int) -> str:
    request = seen.request
    came = f"{request.person} came as somebody new" if due == 1 else f"{request.person} came back"
    return f"{came} and was counted as visit {found} instead of {due} {place(request)}"


def gives(seen: Seen, canary: str) -> bool:
    """The reply shows this note. What the profile extracts counts, and where it extracts nothing, all of the reply."""
    if seen.request.view and (not seen.calibrated or seen.view.note is not None):
        return seen.view.note == canary
    return canary in seen.request.body or canary in seen.reading.canaries


def _shown(seen: Seen) -> frozenset[str]:
    """The notes that a reply shows: what the profile extracts, and where it extracts nothing all canaries in the reply."""
    if seen.request.view and (not seen.calibrated or seen.view.note is not None):
        return frozenset() if seen.view.note is None else frozenset({seen.view.note})
    return seen.reading.canaries


def _unknown(notes: frozenset[str]) -> str | None:
    """One that looks like a note of ours."""
    return min((note for note in notes if CANARY.fullmatch(note)), default=None)


def got(seen: Seen) -> str:
    """What a read gave in place of the note, in words."""
    request = seen.request
    if not request.accepted:
        return f"nothing: status {request.status}"
    if request.view is None:
        return "something else"
    return "nothing" if request.view.note is None else f"'{request.view.note}'"
