"""Finality: after logout, login or expiry the id from before is never authenticated again."""

from dataclasses import dataclass
from math import inf

from ..book import Key
from ..cookies import Pair
from ..events import ServerClock
from ..ledger import Ledger
from ..seen import PRESENT, Seen
from ..verdict import Finding
from .check import Check
from .wording import holds, place, short, times, unknown, what


@dataclass(frozen=True, slots=True)
class _End:
    """When and why an issued id ends; `final` if by an act that cannot be taken back, as an expiry can be."""

    pair: Pair
    seq: int
    at: float
    why: str
    final: bool


class Finality(Check):
    """An ended id is tried again, by whomever: it must be a stranger's.

    The id that a login keeps is over for all but the browser that logged in: who knew it before must gain nothing.
    What the reply to a request sets that was under way when its session ended, is of that session, and has ended as well.
    Time is the server's, whose clock the lab may have moved on.
    """

    name = "finality"

    def __init__(self, ledger: Ledger) -> None:
        super().__init__(ledger)
        self._ends: dict[Key, _End] = {}
        self._written: set[str] = set()
        self._began: dict[Key, tuple[float, int]] = {}
        self._used: dict[Key, tuple[float, int]] = {}
        self._late: set[Key] = set()

    def look(self, seen: Seen) -> None:
        request = seen.request
        if request.action == "write" and request.canary is not None:
            self._written.add(request.canary)
        now = self.ledger.clock(request.at)
        if self.ledger.limits is not None:
            self._out_of_time(seen, now, self.ledger.limits)
        known = [end for key in seen.keys if (end := self._ends.get(key)) is not None]
        if known and max([end.at for end in known]) < now:
            if self._gets_in(seen) or (seen.calibrated and request.action != "write" and self._note_in(seen)):
                return self.accuse(_undead(known[0], seen), known[0].seq, request.seq)
            if seen.muddled:
                self.wonder(seen, seen.muddled)
            elif request.status is not None:
                self.judged.add(request.seq)
        elif self._kept(seen):
            return None
        self._enter(seen)
        return None

    def _gets_in(self, seen: Seen) -> bool:
        """Somebody is let in. A late reply may bring a visitor's new id, which the server knows, and which is nobody's."""
        late = self._late.issuperset([key for key in seen.keys if key in self._ends])
        return seen.present and not (late and seen.view.user is None and seen.sighting not in PRESENT)

    def _note_in(self, seen: Seen) -> bool:
        """Somebody's note stands in the reply. What merely looks like one, as a part of a UUID may, was never written."""
        return not self.ledger.shared and not self._written.isdisjoint(seen.reading.canaries)

    def _kept(self, seen: Seen) -> bool:
        """An id that was in a browser before its login, and is brought by another, or on purpose, after it."""
        request = seen.request
        if not seen.early:
            return False
        for pair, known in zip(seen.sent, seen.ids, strict=True):
            if known is None or not known.early or known.over or not known.user or not seen.calibrated:
                continue
            if known.login < request.seq and (request.action == "forge" or request.person != known.holder):
                if seen.present:
                    sentence = (
                        f"'{pair[0]}={short(pair[1])}' was there before {known.user}'s login, which did not change it, "
                        f"and was still good for {request.person}'s {what(request)} {place(request)} (ASVS 7.2.4)"
                    )
                    self.accuse(sentence, known.login, request.seq)
                    return True
                if request.status is not None and not seen.muddled:
                    self.judged.add(request.seq)
        return False

    def _enter(self, seen: Seen) -> None:
        request, ends = seen.request, self._ends
        done = self.ledger.clock(request.ended)
        if seen.present:
            self._used.update(dict.fromkeys(seen.keys, (done, request.seq)))
        if seen.given:
            self._give(seen, done)
        if request.forged is not None or not seen.done:
            return
        if request.action in {"login", "logout"}:
            self._verb(seen, done)
            if request.action == "login" and seen.calibrated:
                self._provide(seen)
        elif request.action == "change_password" and self._declared:
            new = {cookie.name for cookie in seen.issued}
            kept = {(seen.server, pair) for pair in seen.sent if pair[0] not in new}
            for _, key in self.ledger.held_by(seen.server, request.claims or ""):
                if key not in kept:
                    ends[key] = _End(
                        key[1], request.seq, done, f"{request.person}'s change of the password", final=True
                    )

    def _give(self, seen: Seen, done: float) -> None:
        """What the answer gives may expire, which is no end of what has ended for good."""
        ends, new = self._ends, {cookie.pair for cookie in seen.issued}
        begun = self.ledger.clock(seen.request.at)
        over = next((end for key in seen.keys if (end := ends.get(key)) and end.final and begun < end.at), None)
        for cookie in seen.given:
            key = (seen.server, cookie.pair)
            if (cookie.pair in new or key in ends) and not cookie.deletes and not (key in ends and ends[key].final):
                expiry = inf if cookie.lifetime is None else done + cookie.lifetime
                ends[key] = _End(cookie.pair, seen.request.seq, expiry, "it had expired", final=False)
                self._began.setdefault(key, (done, seen.request.seq))
                self._used[key] = (done, seen.request.seq)
                if over is not None and cookie.pair in new:
                    ends[key] = _End(cookie.pair, over.seq, done, f"{over.why}, which a late reply undid", final=True)
                    self._late.add(key)

    def _out_of_time(self, seen: Seen, now: float, limits: ServerClock) -> None:
        """What is too old, and what nobody has used for too long, has ended by the server's own word."""
        said = (
            (self._began, limits.life, f"{limits.life} s, its whole life"),
            (self._used, limits.idle, f"{limits.idle} s without use"),
        )
        for pair, key in zip(seen.sent, seen.keys, strict=True):
            for since, seconds, why in said:
                begun, seq = since.get(key, (now, 0))
                if key in self._ends and not self._ends[key].final and begun + seconds < now:
                    self._ends[key] = _End(pair, seq, begun + seconds, why, final=False)

    def _provide(self, seen: Seen) -> None:
        """An id that the server gave to nobody, but to a program that logs in, or that was planted: it may be ended as well."""
        for pair, key, known in zip(seen.sent, seen.keys, seen.ids, strict=True):
            if known is None or known.person is None:
                self._ends.setdefault(key, _End(pair, seen.request.seq, inf, "it had expired", final=False))

    @property
    def _declared(self) -> bool:
        """The profile says that sessions do not outlive a changed password."""
        return self.ledger.survives is not None and "password" not in self.ledger.survives

    def _verb(self, seen: Seen, done: float) -> None:
        request, ends = seen.request, self._ends
        now = seen.standing.held | {c.name: c.value for c in seen.given if not c.deletes}
        renewed = {cookie.name for cookie in seen.issued}
        if request.action == "login":
            for key in self._late.intersection(seen.keys):  # who logs in on what came late begins anew
                self._late.discard(key)
                ends[key] = _End(key[1], request.seq, inf, "it had expired", final=False)
        for pair in dict.fromkeys((*seen.first, *seen.sent)):
            key = (seen.server, pair)
            replaced = pair[0] in renewed or (seen.calibrated and now.get(pair[0], pair[1]) != pair[1])
            if key in ends and not ends[key].final and (request.action == "logout" or replaced):
                ends[key] = _End(pair, request.seq, done, f"{request.person}'s {request.action}", final=True)

    def rest(self) -> Finding:
        if not self.judged.count:
            return unknown("finality", "no ended id was tried again")
        count = times(self.judged.count, "request", "requests")
        return holds("finality", f"{count} with an ended id, none got in", self.judged.numbers)


def _undead(end: _End, seen: Seen) -> str:
    request = seen.request
    id_ = f"{end.pair[0]}={short(end.pair[1])}"
    return f"'{id_}' was still good for {request.person}'s {what(request)} after {end.why} {place(request)}"
