"""Continuity: who is logged in reads their own note back; who comes again is counted on, who comes anew as new."""

from ..ledger import Ledger
from ..seen import Seen
from ..verdict import Finding
from .check import Check
from .wording import holds, honest, no_answer, place, times, unanswered, unknown

REFUSED = frozenset({401, 403})


class Continuity(Check):
    """What people have left is what they find when they come again."""

    name = "continuity"

    def __init__(self, ledger: Ledger) -> None:
        super().__init__(ledger)
        self._latest: dict[tuple[str, str | None], str] = {}
        """What each user has last written: not owed in another session, where notes may live in the session."""

    def look(self, seen: Seen) -> None:
        request, standing = seen.request, seen.standing
        if honest(request) and unanswered(request):
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
        elif request.action == "write" and seen.done and request.canary:
            self._latest[seen.server, request.claims] = request.canary
        elif request.action == "read" and standing.user and request.status is not None:
            self._read(seen, standing.user)

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
            sentence = f"{request.person} wrote '{standing.canary}' and then read {got(seen)} {place(request)}"
            self.accuse(sentence, standing.login, standing.written, request.seq)

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


def got(seen: Seen) -> str:
    """What a read gave in place of the note, in words."""
    request = seen.request
    if not request.accepted:
        return f"nothing: status {request.status}"
    if request.view is None:
        return "something else"
    return "nothing" if request.view.note is None else f"'{request.view.note}'"
