"""Uniqueness: session ids are pairwise distinct, and none is issued twice."""

from ..cookies import Pair
from ..ledger import Ledger
from ..seen import Seen
from ..verdict import Finding
from .check import Check
from .wording import holds, honest, place, short, times, unknown


class Uniqueness(Check):
    """Of a server that was not calibrated every id counts; else those under which somebody is logged in.

    Two visitors may get the same cookie where it says nothing of them, as one signed in the same second does.
    """

    name = "uniqueness"

    def __init__(self, ledger: Ledger) -> None:
        super().__init__(ledger)
        self._issued: dict[tuple[str, Pair], tuple[str, int]] = {}
        self._users: dict[tuple[str, tuple[Pair, ...]], tuple[str, str, int]] = {}
        self._names: set[str] = set()

    def look(self, seen: Seen) -> None:
        request = seen.request
        for cookie in seen.issued:
            key = (seen.server, cookie.pair)
            person, seq = self._issued.setdefault(key, (request.person, request.seq))
            if not seen.calibrated or seen.view.known is not None:  # its own word that an id names a visitor
                if seq != request.seq:
                    name = f"{cookie.name}={short(cookie.value)}"
                    sentence = f"'{name}' was issued to {person} (request {seq}) and again to {request.person}"
                    return self.accuse(f"{sentence} {place(request)}", seq, request.seq)
                self.judged.add(request.seq)
        if seen.calibrated and honest(request) and request.forged is None:
            self._logged_in(seen)
        return None

    def _logged_in(self, seen: Seen) -> None:
        request, user = seen.request, seen.request.claims
        ids = seen.sent
        if request.action == "login" and seen.done:
            held = seen.standing.held | {c.name: c.value for c in seen.given if not c.deletes}
            ids = tuple(held.items()) if self.ledger.names is not None and len(self.ledger.names) == 1 else ()
        elif seen.sighting != "this":
            return None
        if not user or not ids:
            return None
        self._names.add(user)
        key = (seen.server, ids if len(ids) == 1 else tuple(sorted(ids)))
        holder, before, seq = self._users.setdefault(key, (request.person, user, request.seq))
        if before != user and holder != request.person:
            names = "; ".join(f"{name}={short(value)}" for name, value in ids)
            sentence = f"'{names}' was {before}'s session (request {seq}) and is {user}'s as well {place(request)}"
            return self.accuse(sentence, seq, request.seq)
        if seq == request.seq:
            self.judged.add(request.seq)
        elif holder == request.person and before != user:
            self._users[key] = (holder, user, seq)
        return None

    def rest(self) -> Finding:
        if self.ledger.names == frozenset():
            return holds("uniqueness", "people are recognised without a cookie, so no two have the same id", ())
        if not self._issued:
            return unknown("uniqueness", "the server issued no id")
        if self._users:
            if len(self._names) < 2:
                return unknown("uniqueness", "fewer than two users were logged in under an id", self.judged.numbers)
            count = times(self.judged.count, "session", "sessions")
            return holds("uniqueness", f"{count} of users, no two under the same id", self.judged.numbers)
        if self.ledger.names is not None and not self.judged.count:
            return unknown("uniqueness", "nobody was logged in under an id")
        count = times(len(self._issued), "id", "ids")
        return holds("uniqueness", f"{count} issued, no two alike", self.judged.numbers)
