"""The stage: what a scenario is, and all that it may do. It knows neither the engine nor which subject it meets."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import TracebackType

from ..engines.base import Engine
from ..errors import HarnessFault, LabError
from ..interrupts import shielded
from ..judging.events import (
    ClientChange,
    Control,
    Narration,
    NetworkChange,
    Observation,
    Request,
    ServerStart,
    Undecided,
)
from ..judging.history import History
from ..subjects.exchange import Learnt
from ..subjects.kinds import Place, Subject, neighbour
from ..subjects.parts import start_part, start_store
from ..subjects.servers import HOST
from .agents import Agents
from .barrier import at_once
from .doors import Doors, opened
from .fronts import Front
from .network import Network
from .offers import lacking, offered
from .pace import Pace
from .person import Person

CALM_PLACES = ("alice", "dave")
"""Where two people sit who do not share a public address: one at home, one at the office."""


STORE_PORT = 6379


@dataclass(frozen=True, slots=True)
class Scenario:
    """One situation. `exercises`: the invariants that it puts to the test; `must_break`: the handlers it must convict.

    `capture`: the capture mode that it needs, None if any will do. `incident`: a real report of this cause. `needs`: the
    verbs without which a subject cannot be played; `password` stands for people who have one. `repeated`: a race, so
    that silence means "not observed in so many tries". `promised`: invariants that are judged only where the profile's
    `survives` names this word, or with an `!` before it where `survives: []` says that sessions outlive nothing.
    `of_cookies`: it tries ids in cookies, so it says nothing of a subject that has none. `remedy`: what to do. `parts`: what
    the lab must have beside its usual hosts, as in `compose/<part>.yaml`; it is there for this scenario alone. `not_on`: an
    engine that cannot realise it, and why.
    """

    id: str
    title: str
    summary: str
    exercises: tuple[str, ...]
    must_break: tuple[str, ...]
    incident: str
    play: Callable[["Stage"], None]
    capture: str | None = None
    needs: tuple[str, ...] = ()
    repeated: bool = False
    promised: Mapping[str, str] = field(default_factory=dict)
    of_cookies: bool = False
    remedy: str = ""
    parts: tuple[str, ...] = ()
    not_on: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Group:
    """Scenarios about one kind of mistake. `letter`: as in the catalogue, `A` to `H`; empty for the foundation."""

    letter: str
    title: str
    scenarios: tuple[Scenario, ...]


class Stage:
    """One play: the subject, fresh people, the network, all recorded. Use it in a `with`; it leaves nothing behind.

    `calm`: nobody shares an address, nothing happens at the same time and the network stays as it is: the calm twin of
    a play, which tells a plain bug from one that the situation brings out.
    """

    def __init__(
        self, engine: Engine, agents: Agents, history: History, subject: Subject, *, calm: bool = False
    ) -> None:
        self._engine, self._agents, self._history, self._subject = engine, agents, history, subject
        self._undo = ExitStack()
        self._places: list[Place] = []
        self._door: Place | None = None
        self._killed: set[int] = set()
        self._pace = Pace(subject.profile.limits)
        self.calm = calm
        self.network = Network(agents, history, self._undo, still=calm)

    def __enter__(self) -> "Stage":
        try:
            self.another_subject()
        except BaseException:
            self._undo.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            with shielded():
                self._undo.close()
        except LabError:
            if error is None:
                raise  # otherwise what ended the play is the thing to tell, not what followed from it

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
        return verb in offered(self._subject.profile)

    def lacking(self, verb: str) -> str:
        """What to add to the profile so that the subject offers it, in a sentence."""
        return lacking(self._subject.profile, verb)

    def people(self, *names: str) -> list[Person]:
        """People with fresh browsers, each at the host of their name, or at another one, as in 'mallory@bob'.

        As many as the subject has users: those behind are left out. Two are enough for every scenario.
        """
        profile = self._subject.profile
        known = None if isinstance(profile.users, str) else profile.names
        if known is not None:
            names = names[: len(known)]
        places = {name: host or name for name, _, host in (each.partition("@") for each in names)}
        if self.calm:
            places = dict(zip(places, CALM_PLACES, strict=False))
        return self._seat({name: known[n] if known is not None else name for n, name in enumerate(places)}, places)

    @property
    def tries(self) -> int:
        """How often a race is repeated: once where the lab's own handlers make it certain."""
        return 1 if self.calm else self._subject.tries

    def stranger(self, name: str) -> Person:
        """Somebody without an account at the subject, at the host of their name or at another: 'mallory@bob'."""
        name, _, host = name.partition("@")
        host = CALM_PLACES[1] if self.calm else host or name
        return self._seat({name: name}, {name: host})[0]

    def person(self, name: str, host: str, user: str) -> Person:
        """Somebody with a fresh browser at this host, who is this user at the subject."""
        return self._seat({name: user}, {name: host})[0]

    def newcomer(self, user: str) -> Person:
        """Somebody who has no account yet and is to be this user, at a browser that nobody uses afterwards."""
        name = f"{user} before"
        return self._seat({name: user}, {name: CALM_PLACES[0]})[0]

    def probers(self, *names: str) -> list[Person]:
        """Those who find out how the subject is used, before it has a profile that says who its users are."""
        return self._seat({name: name for name in names}, dict(zip(names, CALM_PLACES, strict=False)))

    def second_device(self, person: Person, name: str) -> Person:
        """Another browser of the same user's, at the same host: with a jar of its own."""
        return self._seat({name: person.user}, {name: person.host})[0]

    def _seat(self, users: Mapping[str, str], places: Mapping[str, str]) -> list[Person]:
        """People by name, with the user that each is at the subject and the host where each sits."""
        agents = self._agents.fresh(places.items())
        self._undo.callback(self._agents.leave, agents.values())
        for name, host in places.items():
            self._history.record(ClientChange(person=name, change="arrived", detail=f"at host {host}"))
        return [
            Person(
                name, host, user=users[name], agent=agents[name], history=self._history, subject=self._subject,
                place=self._door or self._places[0], pace=self._pace, trouble=self.network.trouble,
            )
            for name, host in places.items()
        ]  # fmt: skip

    def say(self, text: str) -> None:
        """One short sentence for the reader of the history: what happens next."""
        self._history.record(Narration(text=text))

    def control(self, text: str, met: bool) -> None:
        """Records whether the situation came about that the scenario is about. If not, nothing it shows is a proof."""
        if not self.calm:
            self._history.record(Control(text=text, met=met))

    def observe(self, text: str) -> None:
        """Something worth telling that is not judged."""
        self._history.record(Observation(text=text))

    def undecided(self, text: str, invariant: str | None = None) -> None:
        """Something that could not be judged, and what would decide it."""
        self._history.record(Undecided(text=text, invariant=invariant))

    def together(self, *steps: Callable[[], Request | None]) -> list[Request]:
        """Takes steps of several people at once: none begins before all are ready. Gives what each gave."""
        taken = [step() for step in steps] if self.calm else at_once(steps)
        return [done for done in taken if done is not None]

    def burst(self, people: Sequence[Person], verbs: Sequence[str]) -> list[Request]:
        """Everybody does all of this at once, each over a connection of its own; in the calm twin one after the other."""
        if self.calm:
            done = [getattr(person, verb)() for person in people for verb in verbs]
            return [request for request in done if request is not None]
        bursts = at_once([partial(person.at_once, *verbs) for person in people])
        return [request for burst in bursts for request in burst]

    def another_subject(self, *options: str) -> Place | None:
        """Starts the same subject once more, with options of its own; None where it has no such variant."""
        place = self._subject.open(self._engine, options, number=len(self._places))
        if place is None:
            return None
        self._undo.callback(self._leave, len(self._places))
        self._places.append(place)
        self._history.record(
            ServerStart(role="subject", name=self._subject.name, url=place.url, detail=" ".join(options))
        )
        return place

    def behind(self, recipe: str, *more: Place) -> Front:
        """Puts a proxy or a cache in front of the subject, as `server/parts/<recipe>` says: whoever sits down from now on
        goes there. `more`: further servers behind it. The scenario names the part, the recipe's first word, in `parts`."""
        return self._stand(recipe, [self._places[0], *more])

    def _stand(self, recipe: str, places: Sequence[Place]) -> Front:
        address = self._engine.topology.host(HOST).legs[0].address
        to = [place.connect or f"{address}:{place.port}" for place in places]
        part = start_part(self._engine, recipe, places[0].port, to)
        self._undo.callback(part.stop, self._log)
        self._door = Place(part, part.url)
        self._history.record(ServerStart(role="front", name=recipe, url=part.url, detail=" ".join(to)))
        return Front(part, self._history)

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
        self._door = self.another_subject("--host", "::")
        if self._door is None:
            raise HarnessFault(f"{self._subject.name}: {self.lacking('ipv6')}")

    def replicas(self, count: int) -> list[Place]:
        """Starts the subject so many times more, behind a load balancer and on one store for all: whoever sits down from
        now on goes to them. The scenario needs the parts `haproxy` and `store`. HarnessFault where there is no such variant.
        """
        options = ("--store", self.store())
        places = [self._subject.open(self._engine, options, number=len(self._places) + n) for n in range(count)]
        found = [place for place in places if place is not None]
        if len(found) < count:
            raise HarnessFault(f"{self._subject.name} cannot be started {count} times over one store")
        for place in found:
            self._undo.callback(self._leave, len(self._places))
            self._places.append(place)
            self._history.record(ServerStart(role="subject", name=self._subject.name, url=place.url, detail="replica"))
        self._stand("haproxy-balancing", found)
        return found

    def store(self) -> str:
        """Starts a store that several servers share, and gives its URL. The scenario needs the part `store`."""
        part, url = start_store(self._engine, STORE_PORT)
        self._undo.callback(part.stop, self._log)
        self._history.record(ServerStart(role="store", name="redis", url=part.url))
        return url

    def kill(self, place: Place) -> None:
        """Ends one server of several at once, as if its machine had lost its power: nobody says good-bye."""
        number = self._places.index(place)
        place.server.kill()
        self._killed.add(number)
        self._history.record(NetworkChange(host=HOST, change="killed", detail=f"{place.name} at {place.url}"))

    def restart(self) -> bool:
        """Restarts the subject's process, and makes the accounts anew that ended with it. False where the lab cannot."""
        place = self._subject.restart(self._engine, self._places[0], self._log)
        if place is None:
            return False
        self._places[0] = place
        self._history.record(ServerStart(role="subject", name=self._subject.name, url=place.url, detail="restart"))
        self._sign_up()
        return True

    def _sign_up(self) -> None:
        """Has everybody sign up once more, where the profile says how, for some servers keep their accounts in memory.

        Who is still there is refused. It is recorded beside the play, and not judged with it.
        """
        profile, here = self._subject.profile, self._history.path
        if profile.create is None or profile.reset is not None:
            return
        path = here.with_name(f"accounts-{len(list(here.parent.glob('accounts-*.jsonl'))) + 1}.jsonl")
        with History(path) as history, Stage(self._engine, self._agents, history, self._subject, calm=True) as beside:
            for user in profile.names:
                beside.newcomer(user).create()

    def address_of(self, person: Person) -> str:
        """The address from which the subject sees this person's requests come, whatever their port."""
        return self._places[0].seen_as(self.network.public_address(person))

    def neighbour(self) -> Place:
        """Starts another application on another port of the server's host: phpMyAdmin, or a stand-in."""
        here = self._places[0]
        place = neighbour(self._engine, beside=here)
        self._undo.callback(place.server.stop, self._log)
        self._history.record(ServerStart(role="neighbour", name=place.server.name, url=place.url))
        return place

    def check(self) -> None:
        """Raises ServerLost where a subject has ended although nobody ended it."""
        for number, place in enumerate(self._places):
            if number not in self._killed:
                place.server.check()
        if self._door:
            self._door.server.check()

    @property
    def _log(self) -> Path:
        return self._history.path.with_name("server.log")

    def _leave(self, number: int) -> None:
        self._subject.leave(self._places[number], self._log)
