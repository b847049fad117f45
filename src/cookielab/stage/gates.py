"""A request that is under way while other things happen: held at a gate of the lab's own servers, left to itself elsewhere."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from ..errors import LabError, ProcessDied
from ..judging.events import Request, UnderWay
from ..judging.history import History
from ..subjects.kinds import Place
from .begun import Begun
from .person import Person

DYING = 1.0
"""Seconds within which a server that no longer listens to the lab shows whether it has ended."""


class Held:
    """One request that is under way. `request`: as it was recorded, None until it is over."""

    def __init__(self, person: Person, begun: Begun | None, gate: "Gate | None") -> None:
        self.request: Request | None = None
        self._person, self._begun, self._gate = person, begun, gate

    def open(self) -> Request | None:
        """Lets it go on and waits for its reply. The end of the `with` does the same."""
        begun, self._begun = self._begun, None
        if begun is not None:
            if self._gate is not None:
                self._gate.open()
            self.request = self._person.finish(begun)
        return self.request

    def drop(self) -> Request | None:
        """The person goes away: the connection is closed before the reply. A server of the lab's own notices that at the gate."""
        begun, self._begun = self._begun, None
        if begun is not None:
            self.request = self._person.finish(begun, gone=True)
            if self._gate is not None:
                self._gate.open(gone=True)
        return self.request

    def give_up(self) -> None:
        """The play has failed in between: the request is let go, and nobody looks at its reply."""
        if self._begun is not None and self._gate is not None:
            self._gate.let_go()


class Gate:
    """One closed gate of a server of the lab's own."""

    def __init__(self, place: Place, name: str, person: Person, verb: str) -> None:
        out = person.first_of(verb)
        path = out.target.partition("?")[0]
        self._place, self._steering = place, place.server.steering
        self._what = f"the gate '{name}' at {out.method} {path} of the server {place.name}"
        self._number = 0
        if self._steering is not None:
            self._number = self._steering.close(name, out.method, path)

    def arrived(self) -> None:
        """Waits until the request stands there."""
        if self._steering is not None:
            with _mourned(self._place):
                self._steering.arrived(self._number, self._what)

    def open(self, *, gone: bool = False) -> None:
        if self._steering is not None:
            with _mourned(self._place):
                self._steering.open(self._number, self._what, gone=gone)

    def let_go(self) -> None:
        """Opens it for the sake of order: what went wrong before is what counts."""
        try:
            self.open()
        except LabError:
            return


@contextmanager
def under_way(
    history: History, place: Place, gate: str, person: Person, verb: str, *, headers: Sequence[tuple[str, str]]
) -> Iterator[Held]:
    """The person's request goes out, and while the block runs it stands at the gate, or is somewhere on its way."""
    closed = Gate(place, gate, person, verb) if place.server.steering and person.can(verb) else None
    begun = person.begin(verb, headers)
    if closed is not None:
        closed.arrived()
    if begun is not None:
        history.record(UnderWay(person=person.name, action=verb, gate=gate if closed else "", state="begun"))
    held = Held(person, begun, closed)
    try:
        yield held
        if begun is not None:
            history.record(UnderWay(person=person.name, action=verb, gate=gate if closed else "", state="goes on"))
        held.open()
    except BaseException:
        held.give_up()
        raise


@contextmanager
def _mourned(place: Place) -> Iterator[None]:
    """Where the server no longer listens because it has ended, that is what is said."""
    try:
        yield
    except ProcessDied:
        place.server.check(DYING)
        raise
