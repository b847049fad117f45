"""The stage: all that a scenario may do. It knows neither the engine nor which subject it meets."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from types import TracebackType

from ..engines.base import Engine
from ..errors import LabError
from ..interrupts import shielded
from ..judging.events import (
    ClientChange,
    Control,
    Narration,
    Observation,
    Request,
    ServerStart,
    Undecided,
)
from ..judging.history import History
from ..subjects.kinds import Place, Subject
from .agents import Agents
from .barrier import at_once
from .gates import Held, under_way
from .pace import Pace
from .person import Person
from .scenery import Scenery

CALM_PLACES = ("alice", "dave")
"""Where two people sit who do not share a public address: one at home, one at the office."""


class Stage(Scenery):
    """One play: the subject, fresh people, the network, all recorded. Use it in a `with`; it leaves nothing behind.

    `calm`: nobody shares an address, nothing happens at the same time and the network stays as it is: the calm twin of
    a play, which tells a plain bug from one that the situation brings out.
    """

    def __init__(
        self, engine: Engine, agents: Agents, history: History, subject: Subject, *, calm: bool = False
    ) -> None:
        super().__init__(agents, history, subject, calm=calm)
        self._agents, self._pace = agents, Pace(subject.profile.limits)

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

    def past_the_front(self, name: str) -> Person:
        """Somebody without an account who goes to the subject itself, past the proxy in front of it: 'mallory@bob'."""
        name, _, host = name.partition("@")
        return self._seat({name: name}, {name: host or name}, at=self._places[0])[0]

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

    def successor(self, person: Person, name: str) -> Person:
        """Somebody without an account who sits down at a person's browser as it was left, with all that is in it."""
        self._history.record(ClientChange(person=name, change="arrived", detail=f"at {person.name}'s browser"))
        return person.left_to(name)

    def _seat(self, users: Mapping[str, str], places: Mapping[str, str], at: Place | None = None) -> list[Person]:
        """People by name, with the user that each is at the subject and the host where each sits."""
        agents = self._agents.fresh(places.items())
        self._undo.callback(self._agents.leave, agents.values())
        for name, host in places.items():
            self._history.record(ClientChange(person=name, change="arrived", detail=f"at host {host}"))
        return [
            Person(
                name, host, user=users[name], agent=agents[name], history=self._history, subject=self._subject,
                place=at or self.beside.door or self._places[0], pace=self._pace, trouble=self.network.trouble,
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

    def gate(
        self, name: str, person: Person, verb: str, *, headers: Sequence[tuple[str, str]] = ()
    ) -> AbstractContextManager[Held | None]:
        """While the block runs this request of the person's is under way: sent, and not answered.

            with stage.gate("answered", alice, "whoami"):
                alice.logout()

        A server of the lab's own holds it at the gate of this name, see server/steering.py, and the block begins when it
        stands there; so what comes out is certain. Any other server takes its own time, so there such a race is played
        `stage.tries` times. In the calm twin it is over before the block begins. HarnessFault naming the gate where no
        request comes to it, or where the block takes longer than a server holds one.
        """
        if self.calm:
            getattr(person, verb)()
            return nullcontext()
        return under_way(self._history, self._places[0], name, person, verb, headers=headers)

    def burst(self, people: Sequence[Person], verbs: Sequence[str]) -> list[Request]:
        """Everybody does all of this at once, each over a connection of its own; in the calm twin one after the other."""
        if self.calm:
            done = [getattr(person, verb)() for person in people for verb in verbs]
            return [request for request in done if request is not None]
        bursts = at_once([partial(person.at_once, *verbs) for person in people])
        return [request for burst in bursts for request in burst]

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
