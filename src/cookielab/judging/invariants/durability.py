"""Durability: what a user has written, and the server has acknowledged, is what the same user reads until writing again.

A user's note is a register. Every written value is unique, so it is known which write each read has seen; then the
reads and writes fit into one order (are linearisable) if and only if the zones of the values fit beside each other:
Gibbons and Korach, "Testing shared memories", 1997, for the check that Wing and Gong described in 1993.
"""

import itertools
from bisect import bisect_right, insort
from collections import defaultdict
from dataclasses import dataclass, field
from math import inf

from ..canaries import CANARY
from ..ledger import Ledger
from ..seen import Seen
from ..verdict import Finding
from .check import Check
from .continuity import got
from .wording import holds, place, times, unknown


@dataclass(slots=True)
class _Value:
    """One written value: when its write began and ended, when the first of its operations ended and the last began."""

    seq: int
    begun: float
    ended: float
    first_end: float
    last_begin: float
    last: int


@dataclass(slots=True)
class _Note:
    """One user's note: all values, and the acknowledged writes in the order of their ends."""

    values: dict[str, _Value] = field(default_factory=dict)
    ends: list[tuple[float, float, int, str]] = field(default_factory=list)
    newest: list[int] = field(default_factory=list)
    """For each place in `ends`: where the write that began last is, among those up to there."""
    early: dict[str, list[Seen]] = field(default_factory=dict)
    """Reads of a value whose write has not been told of yet."""

    def acknowledge(self, begun: float, ended: float, seq: int, canary: str) -> None:
        entry = (ended, begun, seq, canary)
        insort(self.ends, entry)
        index = bisect_right(self.ends, entry) - 1
        del self.newest[index:]
        for place_ in range(index, len(self.ends)):
            best = self.newest[place_ - 1] if place_ else place_
            self.newest.append(place_ if self.ends[place_][1] >= self.ends[best][1] else best)

    def settled(self, before: float) -> tuple[float, float, int, str] | None:
        """The write that began last among those that were acknowledged by then."""
        index = bisect_right(self.ends, (before, inf))
        return self.ends[self.newest[index - 1]] if index else None


class Durability(Check):
    """A register check for each user, as the events come."""

    name = "durability"

    def __init__(self, ledger: Ledger) -> None:
        super().__init__(ledger)
        self._notes: defaultdict[tuple[str, str | None], _Note] = defaultdict(_Note)

    def look(self, seen: Seen) -> None:
        request = seen.request
        if request.action == "write":
            self._write(seen)
        elif request.action == "read" and seen.done and request.view is not None and request.claims is not None:
            if seen.muddled:
                self.wonder(seen, seen.muddled)
            elif seen.sighting in {"this", None} if seen.calibrated else request.view.user == request.claims:
                self._read(seen)

    def _write(self, seen: Seen) -> None:
        request = seen.request
        note = self._notes[seen.server, request.claims]
        canary = request.canary or ""
        ended = request.ended if seen.done else inf
        note.values.setdefault(canary, _Value(request.seq, seen.begun, ended, ended, seen.begun, request.seq))
        if seen.done:
            note.acknowledge(seen.begun, ended, request.seq, canary)
        for read in note.early.pop(canary, ()):
            if self.broken is None:
                self._judge(note, read, note.values[canary])

    def _read(self, seen: Seen) -> None:
        note = self._notes[seen.server, seen.request.claims]
        shown = _shown(seen, note)
        value = note.values.get(shown) if shown is not None else None
        if value is None and shown is not None and CANARY.fullmatch(shown):
            note.early.setdefault(shown, []).append(seen)
        else:
            self._judge(note, seen, value)

    def _judge(self, note: _Note, seen: Seen, value: _Value | None) -> None:
        request, end = seen.request, seen.request.ended
        settled = note.settled(request.at)
        if value is not None:
            value.first_end = min(value.first_end, end)
            if request.at > value.last_begin:
                value.last_begin, value.last = request.at, request.seq
        if settled is None:
            return None
        if value is None or value.begun > end or _replaced(value, settled):
            sentence = f"{request.person}'s note '{settled[3]}' was acknowledged, a later read gave {got(seen)}"
            return self.accuse(f"{sentence} {place(request)}", settled[2], request.seq)
        self.judged.add(request.seq)
        return None

    def finding(self) -> Finding:
        for note in self._notes.values():
            for reads in note.early.values():
                for read in reads:
                    if self.broken is None:
                        self._judge(note, read, None)
        if self.broken is None:
            self._zones()
        return super().finding()

    def _zones(self) -> None:
        """No two values may have been current in turns: `first a, then b, then a again` is no order of two writes."""
        for (_, user), note in self._notes.items():
            forward = sorted(
                ((v.first_end, v.last_begin, name) for name, v in note.values.items() if v.first_end < v.last_begin),
            )
            for (_, last, name), (begin, _, other) in itertools.pairwise(forward):
                if begin < last:
                    return self._swap(user, note, name, other)
            starts = [zone[0] for zone in forward]
            for other, value in note.values.items():
                if value.first_end >= value.last_begin and value.first_end < inf and value.first_end == value.ended:
                    index = bisect_right(starts, value.last_begin) - 1
                    if index >= 0 and forward[index][0] < value.last_begin and value.first_end < forward[index][1]:
                        return self._swap(user, note, forward[index][2], other)
        return None

    def _swap(self, user: str | None, note: _Note, name: str, other: str) -> None:
        first, second = note.values[name], note.values[other]
        sentence = (
            f"{user}'s notes '{name}' and '{other}' were current in turns (requests {first.seq}, {second.seq}, "
            f"{first.last}): no order of the two writes explains what was read"
        )
        self.accuse(sentence, first.seq, second.seq, first.last, second.last)

    def rest(self) -> Finding:
        if not self.judged.count:
            return unknown("durability", "no acknowledged note was read again by the same user")
        count = times(self.judged.count, "read", "reads")
        return holds("durability", f"{count}, each gave what was last written", self.judged.numbers)


def _shown(seen: Seen, note: _Note) -> str | None:
    """The note that a read shows: what the profile extracts, or the latest of one's own canaries that stands there."""
    if seen.view.note is not None or not seen.calibrated:
        return seen.view.note
    own = [canary for canary in seen.reading.canaries if canary in note.values]
    return max(own, key=lambda canary: note.values[canary].seq, default=None)


def _replaced(value: _Value, by: tuple[float, float, int, str]) -> bool:
    return by[1] >= value.ended and by[2] != value.seq
