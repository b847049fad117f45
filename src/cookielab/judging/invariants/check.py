"""What a check of an invariant is: it sees request after request, and at the end it has a finding."""

from abc import ABC, abstractmethod
from typing import ClassVar

from ..ledger import Ledger
from ..seen import Seen
from ..verdict import Finding
from .wording import broken, place, unknown, what

MOST = 10_000
"""Numbers of events that a finding carries as evidence; the sentence counts all of them."""


class Judged:
    """The events that were put to the test: how many, and the numbers of the first of them."""

    def __init__(self) -> None:
        self.count = 0
        self.numbers: list[int] = []

    def add(self, seq: int) -> None:
        self.count += 1
        if self.count <= MOST:
            self.numbers.append(seq)


class Check(ABC):
    """One invariant over one history, seen once from the beginning to the end.

    The first break counts, and what comes after it is not looked at. `doubt` is what could not be judged: without a
    break the verdict is unknown then.
    """

    name: ClassVar[str]

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.judged = Judged()
        self.broken: Finding | None = None
        self.doubt: tuple[str, int] | None = None

    def see(self, seen: Seen) -> None:
        """Looks at the next request."""
        if self.broken is None:
            self.look(seen)

    @abstractmethod
    def look(self, seen: Seen) -> None:
        """Looks at a request, while nothing is broken yet."""

    @abstractmethod
    def rest(self) -> Finding:
        """The finding where nothing is broken and nothing stands in doubt."""

    def finding(self) -> Finding:
        """The finding after the last request."""
        if self.broken is not None:
            return self.broken
        if self.doubt is not None:
            return unknown(self.name, self.doubt[0], (self.doubt[1],))
        return self.rest()

    def accuse(self, sentence: str, *evidence: int | None) -> None:
        """It is broken, and these events prove it."""
        self.broken = broken(self.name, sentence, *evidence)

    def wonder(self, seen: Seen, why: str) -> None:
        """This reply should have been judged, and cannot be."""
        if self.doubt is None:
            request = seen.request
            got = f"status {request.status}" if request.status is not None else f"no answer: {request.error}"
            self.doubt = (
                f"{request.person}'s {what(request)}: {why} ({got}, {request.url}) {place(request)}",
                request.seq,
            )
