"""What stands on the stage beside the people: the subject, what is put in front of it, and its neighbours."""

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from ..errors import HarnessFault
from ..judging.events import (
    NetworkChange,
    ServerClock,
    ServerStart,
)
from ..judging.history import History
from ..subjects.exchange import Learnt
from ..subjects.handlers import IDLE_SECONDS, LIFE_SECONDS
from ..subjects.kinds import Place, Subject, neighbour
from ..subjects.servers import HOST
from .agents import Agents
from .beside import Beside, Front
from .doors import Doors, opened
from .network import Network
from .offers import STEERED, lacking, offered


class Scenery:
    """The servers of one play, and the network. All that was started is ended when the stack `_undo` is closed."""

    def __init__(self, agents: Agents, history: History, subject: Subject, *, calm: bool) -> None:
        self._engine, self._history, self._subject, self.calm = agents.engine, history, subject, calm
        self._undo = ExitStack()
        self._places: list[Place] = []
        self._killed: set[int] = set()
        self.network = Network(agents, history, self._undo, still=calm)
        self.beside = Beside(self._engine, history, self._undo)

    @property
    def learnt(self) -> Learnt | None:
        """What the preflight has found out about the subject; None for the lab's own handlers."""
        return self._subject.learnt

    @property
    def foreign(self) -> bool:
        """The subject is not the lab's own, so that more has to be tried: its mistake is not known beforehand."""
        return self._subject.profile.client == "h11"

    def offers(self, verb: str) -> bool:
        """Whether the subject's profile says how people do this."""
        return verb in offered(self._subject.profile) or (verb in STEERED and not self.foreign)

    def lacking(self, verb: str) -> str:
        """What to add to the profile so that the subject offers it, in a sentence."""
        return lacking(self._subject.profile, verb)

    def another_subject(self, *options: str) -> Place | None:
        """Starts the same subject once more, with options of its own; None where it has no such variant."""
        return self._open(options, " ".join(options))

    def _open(self, options: Sequence[str], detail: str) -> Place | None:
        place = self._subject.open(self._engine, options, number=len(self._places))
        if place is None:
            return None
        self._undo.callback(self._leave, len(self._places))
        self._places.append(place)
        self._history.record(ServerStart(role="subject", name=self._subject.name, url=place.url, detail=detail))
        return place

    def behind(self, recipe: str) -> Front:
        """Puts a proxy or a cache in front of the subject, as `server/parts/<recipe>` says: whoever sits down from now on
        goes there. The scenario names the part, the recipe's first word, in `parts`."""
        return Front(None, recipe, self._history) if self.calm else self.beside.stand(recipe, [self._places[0]])

    def doors(self) -> Doors:
        """Starts the subject with TLS beside plain HTTP, with a certificate made for this play and believed by its people
        alone. HarnessFault where there is no such variant."""
        if self.foreign:
            raise HarnessFault(f"{self._subject.name}: {self.lacking('tls')}")
        proxied = self.network.capture() == "mitm"
        doors = opened(self._engine, self._subject.name, len(self._places), proxied=proxied)
        self._undo.callback(self._leave, len(self._places))
        self._places.append(doors.plain)
        for place in (doors.plain, doors.secure):
            self._history.record(ServerStart(role="subject", name=self._subject.name, url=place.url))
        return doors

    def on_both_protocols(self) -> None:
        """Has the subject listen at IPv4 and IPv6: whoever sits down from now on goes there. HarnessFault where it cannot."""
        self.beside.door = self.another_subject("--host", "::")
        if self.beside.door is None:
            raise HarnessFault(f"{self._subject.name}: {self.lacking('ipv6')}")

    def replicas(self, count: int, balancer: str = "haproxy-balancing") -> list[Place]:
        """Starts the subject so many times more, behind a load balancer and on one store for all: whoever sits down from
        now on goes to them. The scenario needs the balancer's part and `store`. HarnessFault where there is no such variant.
        """
        options = ("--store", self.beside.store())
        found = [place for _ in range(count) if (place := self._open(options, "replica"))]
        if len(found) < count:
            raise HarnessFault(f"{self._subject.name} cannot be started {count} times over one store")
        self.beside.stand(balancer, found)
        return found

    def kill(self, place: Place) -> None:
        """Ends one server of several at once, as if its machine had lost its power: nobody says good-bye."""
        number = self._places.index(place)
        place.server.kill()
        self._killed.add(number)
        self._history.record(NetworkChange(host=HOST, change="killed", detail=f"{place.name} at {place.url}"))

    def server_clock(self, seconds: float) -> None:
        """Moves the clock of the lab's own server on: nobody sleeps for an expiry. Name `clock` in the scenario's `needs`.

        HarnessFault where the subject is somebody else's, whose clock is the machine's.
        """
        steering = self._places[0].server.steering
        if steering is None:
            raise HarnessFault(f"{self._subject.name}: {self.lacking('clock')}")
        steering.advance(seconds)
        self._history.record(ServerClock(seconds=seconds, idle=IDLE_SECONDS, life=LIFE_SECONDS))

    def neighbour(self, *sets: str) -> Place:
        """Starts another application on another port of the server's host: phpMyAdmin, or a stand-in.

        `sets`: one that gives everybody these cookies, `name` with an id of its own or `name=value` as it stands.
        """
        here = self._places[0]
        place = neighbour(self._engine, here, sets)
        self._undo.callback(place.server.stop, self._log)
        self._history.record(ServerStart(role="neighbour", name=place.server.name, url=place.url))
        return place

    def check(self) -> None:
        """Raises ServerLost where a subject has ended although nobody ended it."""
        for number, place in enumerate(self._places):
            if number not in self._killed:
                place.server.check()
        if self.beside.door:
            self.beside.door.server.check()

    @property
    def _log(self) -> Path:
        return self._history.path.with_name("server.log")

    def _leave(self, number: int) -> None:
        self._subject.leave(self._places[number], self._log)
