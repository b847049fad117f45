"""How browsers and requests of the state machine act, and what every answer must be according to the model."""

from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, cast

from hypothesis.stateful import RuleBasedStateMachine

from sessiontable import Json, SessionGone, Store
from sessiontable.logic.inline import Inline, settled

from .faults import Fault
from .jar import HOST, Jar
from .model import Life, Model, Past
from .passing import Counted, Counting
from .places import REPLICAS, Place
from .variant import table_on
from .verdicts import broken, holds

PATH = "/shop/cart"
USERS = ("alice", "bob", "mallory")


@dataclass
class Browser:
    """`home`: the session that the last reply of which the browser knows left it in."""

    number: int
    jar: Jar = field(default_factory=Jar)
    home: Past | None = None
    planted: bool = False


@dataclass
class Flight:
    """A request that is under way: `seen` is the session it is in, `ids` what it carried."""

    browser: Browser
    replica: int
    session: Any
    seen: Past | None
    values: dict[str, Json]
    ids: list[str]
    known: bool
    living: list[Past] = field(default_factory=list)
    """Of several that were known to live: one was planted, and a login ends them all."""
    came: int = 0
    """After so many logouts."""
    gone: bool = False
    issued: bool = False
    ended: bool = False


class Acts(RuleBasedStateMachine):
    """`face` is threads or asyncio, `run` what awaits for a table that has to be awaited."""

    def __init__(self, place: Place, face: str, fault: Fault, run: Callable[[Any], Any]) -> None:
        super().__init__()
        self.place, self.face, self.fault, self.run = place, face, fault, run
        self.now, self.number = 1_000_000.0, 0
        self.model, self.browsers, self.flights = Model(), [Browser(n) for n in range(3)], list[Flight]()
        self.planted: set[str] = set()
        self.logouts: list[frozenset[str]] = []
        """What each of them ended: also what nobody issued, in case that it comes late."""
        place.begin()
        self.fronts: list[Counting | Counted] = [None, None]  # type: ignore[list-item]
        self.tables: list[Any] = [None, None]
        for replica in range(REPLICAS):
            self._start(replica)

    def teardown(self) -> None:
        for replica in range(REPLICAS):
            self._stop(replica)
        self.place.end()

    def _start(self, replica: int) -> None:
        def front(store: Any) -> Any:
            """A store that need not be awaited stays one, since a table asks it in a quicker way."""
            if type(store) is Inline:
                self.fronts[replica] = counted = Counted(store.store)
                return Inline(cast(Store, counted))
            self.fronts[replica] = Counting(store)
            return self.fronts[replica]

        self.tables[replica] = table_on(self.place.stores[replica], self.face, self.fault, lambda: self.now, front)

    def _stop(self, replica: int) -> None:
        """Close the connections of a face for asyncio; the place closes those for threads."""
        if aclose := getattr(self.fronts[replica].inner, "aclose", None):
            self.run(aclose())

    def _call(self, call: Callable[..., Any], *given: Any) -> Any:
        """What a method returns, awaited where it has to be: it is called where the event loop runs, if there is one."""

        async def inside() -> Any:
            return await settled(call(*given))

        return self.run(inside())

    def _open(
        self, number: int, replica: int, *, split: bool = False, asks: bool = False, waits: bool = False
    ) -> Flight:
        """`asks`: the app is given the session, and asks it without `await`, as frameworks do. `waits`: for the reply."""
        browser = self.browsers[number]
        pairs = browser.jar.pairs(PATH, self.now)
        lines = ["theme=dark; broken", *pairs] if split else ["; ".join(("theme=dark", *pairs))]
        values = [value for name, _, value in (pair.partition("=") for pair in pairs) if name == "sid"]
        ids = [value for value in dict.fromkeys(values) if len(value) == 43]
        home = browser.home
        if home and home.life(self.now) is Life.LIVES:
            holds("steadiness" if browser.planted else "continuity", home.id in ids, f"{browser} lost {home}: {values}")
        found = self.model.found(ids, self.now)
        lives = [past for past in found if past.life(self.now) is Life.LIVES]
        session = self._call(self._session, self.tables[replica], lines, asks)
        seen = self._who(session, found, lives, surplus=len(values) > 1)
        several = found if len(found) > 1 else []
        values_now = dict(seen.values) if seen else {}
        flight = Flight(browser, replica, session, seen, values_now, ids, session.known, several if not seen else [])
        flight.came = len(self.logouts)
        if seen:
            seen.used = self.now
        elif len(found) == 1 and not lives:
            found[0].over = True
        self._shows(flight)
        if waits:
            self._settle(flight)
        return flight

    def _session(self, table: Any, lines: list[str], asks: bool) -> Any:
        if not asks:
            return table.open(lines, host=HOST, path=PATH)
        session = table.session(lines, host=HOST, path=PATH)
        _ = session.known
        return session

    def _settle(self, flight: Flight) -> None:
        """As adapters do before the reply begins: then the idle end is moved, where it has to be."""
        if getattr(flight.session, "unsettled", False):
            self._call(flight.session.settle)

    def _who(self, session: Any, found: list[Past], lives: list[Past], *, surplus: bool) -> Past | None:
        """The session that the request is in, which must be one that it may be in."""
        if not session.known:
            surely = len(lives) == 1 == len(found)
            holds("steadiness" if surplus else "continuity", not surely, f"{lives} is not known")
            return None
        by_label = {label(past.id): past for past in self.model.sessions.values()}
        past = by_label.get(session.label)
        if past is None:
            broken("authenticity", f"a session is known that nobody began: {session.label}")
        holds("finality", past.life(self.now) is not Life.OVER, f"{past} is known")
        holds("isolation", past in found and all(other is past for other in lives), f"{past} is known, of {found}")
        return past

    def _shows(self, flight: Flight) -> None:
        """What the request reads: the session as it was when it came in, and what it did itself."""
        session, seen = flight.session, flight.seen
        holds("isolation", session.user == (seen.user if seen else None), f"{session.user} in {seen}")
        self._same_values({name: session.read(name) for name in session.names()}, seen, flight.values)

    def _same_values(self, got: dict[str, Json], past: Past | None, values: dict[str, Json] | None = None) -> None:
        expected = values if values is not None else past.values if past else {}
        if got != expected:
            own = [*expected.values(), *(past.values.values() if past else ())]
            others = [
                value for other in self.model.sessions.values() if other is not past for value in other.values.values()
            ]
            strange = [value for value in got.values() if value not in own and value in others]
            broken("isolation" if strange else "durability", f"{got} instead of {expected} in {past}")

    def _alive(self, flight: Flight, change: Callable[[], Any]) -> Any:
        """What a change returns, or None where it was told that its session is gone, as it may or must be."""
        overtaken = not flight.seen and self.model.overtaken(flight.ids, self.now)
        life = Life.OVER if flight.gone else flight.seen.life(self.now) if flight.seen else Life.LIVES
        try:
            result = self._call(change)
        except SessionGone:
            ended = any(past and past.over for past in map(self.model.sessions.get, flight.ids))
            ended = ended or not frozenset().union(*self.logouts[flight.came :]).isdisjoint(flight.ids)
            holds("continuity", overtaken or ended or life is not Life.LIVES, f"{flight.seen} is gone")
            if flight.seen:
                flight.seen.over = True
            flight.gone, flight.seen, flight.values, flight.ids = True, None, {}, []
            return None
        holds("finality", life is not Life.OVER, f"{flight.seen} was changed after its end")
        holds("steadiness", not overtaken, "a session began whose cookie undoes the login that came in between")
        return (result,)

    def _write(self, flight: Flight, name: str, *, remove: bool = False, item: bool = False) -> None:
        """`item`: as that of a mapping, which is stored when the reply begins, or at once. (Whoever goes on so after
        SessionGone sees what was set until the reply, which is a refusal.)"""
        self.number += 1
        value = None if remove else f"{flight.seen.user if flight.seen else None}-{self.number}"
        if flight.seen is None and remove:
            self._call(flight.session.write, name, None)
            holds("thrift", not flight.session.label, "a session began by a removal")
        elif self._alive(
            flight, lambda: (_set_item if item and not flight.gone else _write)(flight.session, name, value)
        ):
            self._set(flight, name, value)
        self._shows(flight)

    def _add(self, flight: Flight) -> None:
        self.number += 1
        first = self.number * 1000  # no other session has the same numbers

        def more(value: Json) -> int:
            return value + 1 if isinstance(value, int) else first

        before = flight.seen.values.get("n", first - 1) if flight.seen else first - 1
        assert isinstance(before, int)
        if done := self._alive(flight, lambda: flight.session.update("n", more)):
            holds("durability", done == (before + 1,), f"{before} and one more is {done}")
            if flight.seen and flight.values.get("n", first - 1) != before:  # others were quicker: it has looked again
                flight.values = dict(flight.seen.values)
            self._set(flight, "n", before + 1)
        self._shows(flight)

    def _set(self, flight: Flight, name: str, value: Json) -> None:
        if flight.seen is None:
            flight.seen = self.model.begin(self._issued(flight), None, {}, self.now)
        flight.seen.used = self.now  # what changes something is a use as well
        for values in (flight.seen.values, flight.values):
            if value is None:
                values.pop(name, None)
            else:
                values[name] = value

    def _login(self, flight: Flight, user: str) -> None:
        old = flight.seen
        if old is None and len(flight.ids) == 1:
            old = self.model.sessions.get(flight.ids[0])
        source = self.model.led_to(old, user, self.now) if old and not flight.gone else None
        life = source.life(self.now) if source else Life.OVER
        try:
            self._call(flight.session.rotate, user)
        except SessionGone:
            holds("continuity", (flight.seen or flight.gone) and life is not Life.LIVES, f"{source} is gone at login")
            if source:
                source.over = True
            flight.gone, flight.seen, flight.values, flight.ids = True, None, {}, []
            return
        holds("finality", not (flight.gone or (flight.seen and not source)), f"login from {flight.seen}, which is over")
        takes = dict(source.values) if source and source.user in {None, user} else {}
        new = self._issued(flight)
        if life is Life.EITHER and not flight.session.names():
            takes = {}
        again = flight.seen if flight.seen and flight.seen.user == user else None  # no more time for the same login
        flight.seen = self.model.login(source, new, user, self.now, takes)
        if again:
            flight.seen.created = again.created
        for past in flight.living:
            past.ends()
        flight.living = []
        if old and source and old is not source:
            old.next = None  # it serves once
        flight.values = dict(takes)
        self._shows(flight)

    def _logout(self, flight: Flight) -> None:
        self._call(flight.session.revoke)
        self.logouts.append(frozenset(flight.ids))
        for past in {flight.seen, *(self.model.sessions.get(each) for each in flight.ids)}:
            if past:
                past.ends()
        flight.seen, flight.values, flight.ids, flight.issued, flight.ended = None, {}, [], False, True
        self._shows(flight)

    def _issued(self, flight: Flight) -> str:
        """The id that the reply gives to the browser, which must be a new one."""
        new = str(flight.session.set_cookies[-1].partition(";")[0].partition("=")[2])
        holds("uniqueness", new not in self.model.sessions and new not in self.planted, f"{new} was there before")
        holds("secrecy", new.encode() not in self.place.at_rest(), f"id {new} is in the store")
        flight.issued, flight.ended = True, False
        return new

    def _answer(self, flight: Flight, lost: bool) -> None:
        """The reply, which a request that was told `SessionGone` sends without any cookie."""
        if flight.gone:
            return
        self._settle(flight)
        headers = flight.session.headers("public, max-age=60")
        for line in (("Cache-Control", "no-store"), ("Vary", "Cookie")):
            holds("privacy", line in headers, f"a reply that was read from {flight.seen} carries {headers}")
        if lost:
            return
        flight.browser.jar.take((value for name, value in headers if name == "Set-Cookie"), self.now)
        if flight.issued or flight.ended:
            flight.browser.home = flight.seen


async def _set_item(session: Any, name: str, value: Json) -> None:
    session[name] = value
    if hasattr(session, "settle"):
        await settled(session.settle())


async def _write(session: Any, name: str, value: Json) -> None:
    await settled(session.write(name, value))


def key(session_id: str) -> bytes:
    return sha256(session_id.encode()).digest()


def label(session_id: str) -> str:
    return key(session_id).hex()[:12]
