"""Steadiness: who has logged in stays logged in, as themselves, until they themselves end it."""

from dataclasses import dataclass, replace

from ..ledger import Ledger
from ..seen import Seen, Standing
from ..verdict import Finding
from .check import Check
from .continuity import REFUSED, gives
from .wording import holds, honest, no_answer, place, times, unanswered, unknown, what


@dataclass(slots=True)
class _Login:
    """A login that worked, and the first one of somebody else's after it that failed."""

    seq: int
    neighbour: str | None = None
    failure: int = 0


class Steadiness(Check):
    """Any sighting but that of the person is a loss, and also a login that neighbours have barred."""

    name = "steadiness"

    def __init__(self, ledger: Ledger) -> None:
        super().__init__(ledger)
        self._logins: dict[tuple[str, str, str], _Login] = {}
        self._refused: dict[tuple[str, str], tuple[str, int]] = {}
        self._barred: dict[tuple[str, str, str | None], tuple[str, int]] = {}
        self._lost: tuple[str, str, int | None] | None = None
        self._afterwards = ""

    def see(self, seen: Seen) -> None:
        """After a loss the history may still show what became of the session."""
        if self.broken is None:
            self.look(seen)
        elif self._lost and not self._afterwards:
            self._watch(seen)

    def look(self, seen: Seen) -> None:
        request, standing = seen.request, seen.standing
        if request.trouble:
            return  # what the network has swallowed says nothing of the server
        if unanswered(request) and honest(request):
            if seen.patience:
                self.wonder(seen, "the server asked for patience")
            else:
                self.accuse(no_answer(request), request.seq)
        elif request.action == "login":
            self._login(seen)
        elif request.action == "write" and seen.calibrated and standing.user:
            self._write(seen)
        elif request.action in {"whoami", "read"} and standing.user is not None:
            if seen.calibrated:
                self._calibrated(seen, standing)
            elif request.accepted or request.status in REFUSED:
                self._as_told(seen, standing)

    def _as_told(self, seen: Seen, standing: Standing) -> None:
        """A server that says itself whom it takes its client for."""
        request = seen.request
        right = request.view.user == standing.user if request.view else request.accepted
        if right:
            self.judged.add(request.seq)
            return
        sentence = f"{request.person} had logged in as {standing.user} and was then {_taken_for(seen)}"
        self.accuse(f"{sentence} {place(request)}", standing.login, request.seq)

    def _calibrated(self, seen: Seen, standing: Standing) -> None:
        request = seen.request
        key = (request.person, seen.server)
        if seen.muddled:
            self.wonder(seen, seen.muddled)
        elif seen.sighting == "this":
            if key in self._refused:
                text, seq = self._refused[key]
                self.accuse(f"{text}: kept, but writes refused", standing.login, seq, request.seq)
                return
            self.judged.add(request.seq)
        elif seen.sighting in {"anonymous", "another"}:
            sentence = f"{request.person} had logged in as {standing.user} and was then {_taken_for(seen)}"
            self.accuse(f"{sentence} {place(request)}", standing.login, request.seq)
            if seen.sighting == "anonymous":
                self._lost = (request.person, seen.server, standing.login)
        elif self._own_note(seen):
            self.judged.add(request.seq)
        elif request.action == "whoami":
            self.wonder(seen, "the reply says of nobody who they are")

    def _own_note(self, seen: Seen) -> bool:
        """The reply speaks of nobody and shows the note that only its writer is shown."""
        canary = seen.standing.canary
        told = seen.sighting is not None or seen.request.action != "read" or self.ledger.shared
        return not told and canary is not None and gives(seen, canary)

    def _watch(self, seen: Seen) -> None:
        request = seen.request
        if self._lost != (request.person, seen.server, seen.standing.login) or request.action not in {
            "whoami",
            "read",
        }:
            return
        if seen.sighting == "this":
            self._afterwards = f": lost, the owner unharmed at the old place (request {request.seq})"
        elif seen.sighting == "anonymous" and not seen.muddled:
            self._afterwards = f": lost, and the owner's session destroyed (request {request.seq})"
        else:
            return
        if self.broken:
            evidence = (*self.broken.evidence, request.seq)
            self.broken = replace(self.broken, sentence=self.broken.sentence + self._afterwards, evidence=evidence)

    def _write(self, seen: Seen) -> None:
        request = seen.request
        key = (request.person, seen.server)
        if seen.done:
            self._refused.pop(key, None)
        elif seen.muddled or request.status is None:
            self.wonder(seen, seen.muddled or "the note was not stored")
        elif 300 <= request.status < 500:
            text = f"{request.person}'s {what(request)} was refused with status {request.status} {place(request)}"
            self._refused[key] = (text, request.seq)

    def _login(self, seen: Seen) -> None:
        request = seen.request
        user = request.claims or ""
        if request.forged is not None:
            if not seen.done:
                for (person, server, whose), login in self._logins.items():
                    if person != request.person and server == seen.server and whose != user and not login.neighbour:
                        login.neighbour, login.failure = request.person, request.seq
            return
        key = (request.person, seen.server, user)
        if seen.done:
            self._logins[key] = _Login(request.seq)
            self._barred.pop((request.person, seen.server, user), None)
            return
        earlier = self._logins.get(key)
        if earlier and earlier.neighbour and request.status is not None:
            sentence = (
                f"{user} could log in (request {earlier.seq}), and no more after {earlier.neighbour} had failed to "
                f"(request {earlier.failure}): status {request.status} {place(request)}"
            )
            self.accuse(sentence, earlier.seq, earlier.failure, request.seq)
        elif seen.calibrated and seen.standing.user is None:
            why = f"{request.person} could not log in: status {request.status} at {what(request)} {place(request)}"
            self._barred[request.person, seen.server, user] = (why, request.seq)

    def finding(self) -> Finding:
        if self.broken is None and self.doubt is None:
            self.doubt = next(iter((*self._barred.values(), *self._refused.values())), None)
        return super().finding()

    def rest(self) -> Finding:
        if not self.judged.count:
            return unknown("steadiness", "nobody logged in and was seen again")
        count = times(self.judged.count, "answer", "answers")
        return holds("steadiness", f"{count}, each to the user who had logged in", self.judged.numbers)


def _taken_for(seen: Seen) -> str:
    if seen.view.user and seen.sighting in {None, "another"}:
        return f"taken for {seen.view.user}"
    if seen.sighting == "another":
        return "taken for another user"
    return f"taken for nobody by {what(seen.request)}"
