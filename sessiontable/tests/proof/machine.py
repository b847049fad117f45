"""Browsers, users, replicas and a clock, moved at random: what the table shows is held against the model at every step."""

import json

from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from sessiontable.basics.ids import new_id

from .acts import PATH, USERS, Acts, Flight, key, label
from .jar import PARENT
from .model import IDLE, REFRESH, Life
from .places import REPLICAS
from .verdicts import holds

MOST_IN_FLIGHT = 4

BROWSERS = st.integers(0, 2)
REPLICA = st.integers(0, REPLICAS - 1)
NAMES = st.sampled_from("ab")
USER = st.sampled_from(USERS)
WHICH = st.integers(0, 11)
ASKS = st.booleans()
HOW = ("write", "set", "remove")
ACTS = st.sampled_from(("write", "set", "remove", "add", "logout", *USERS))

AT_ONCE = st.sampled_from(
    (
        ("add", "add"),
        ("write", "write"),
        ("remove", "write"),
        ("write", "logout"),
        ("set", "logout"),
        ("add", "logout"),
        ("write", "alice"),
        ("set", "alice"),
        ("add", "bob"),
        ("alice", "alice"),
        ("alice", "bob"),
        ("logout", "alice"),
        ("alice", "logout"),
        ("look", "alice"),
        ("look", "logout"),
    )
)
"""What a request does that is overtaken, and what the other one does."""


class Machine(Acts):
    """The moves, and what must be true after each of them."""

    # ---- what a person does

    @rule(browser=BROWSERS, replica=REPLICA, split=st.booleans(), asks=ASKS)
    def visit(self, browser: int, replica: int, split: bool, asks: bool) -> None:
        """Looks, and stores nothing."""
        before = self.fronts[replica].calls.copy()
        flight = self._open(browser, replica, split=split, asks=asks)
        self._settle(flight)
        touched = self.fronts[replica].calls - before
        seen = flight.seen
        if seen and touched["touch"] == 1 and self.now - seen.refreshed >= REFRESH:
            seen.refreshed = self.now
            del touched["touch"]
        holds("thrift", not touched, f"a visit to {seen} cost {dict(touched)}")
        self._answer(flight, lost=False)

    @rule(
        browser=BROWSERS, replica=REPLICA, name=NAMES, how=st.sampled_from(HOW), lost=st.booleans(), asks=st.booleans()
    )
    def write(self, *, browser: int, replica: int, name: str, how: str, lost: bool, asks: bool = False) -> None:
        flight = self._open(browser, replica, asks=asks)
        self._act(flight, how, name)
        self._answer(flight, lost)

    @rule(browser=BROWSERS, replica=REPLICA, asks=ASKS)
    def update(self, browser: int, replica: int, asks: bool) -> None:
        flight = self._open(browser, replica, asks=asks)
        self._add(flight)
        self._answer(flight, lost=False)

    @rule(browser=BROWSERS, replica=REPLICA, user=USER, lost=st.booleans(), asks=ASKS)
    def login(self, browser: int, replica: int, user: str, lost: bool, asks: bool) -> None:
        flight = self._open(browser, replica, asks=asks)
        self._login(flight, user)
        self._answer(flight, lost)

    @rule(browser=BROWSERS, replica=REPLICA, lost=st.booleans(), asks=ASKS)
    def logout(self, browser: int, replica: int, lost: bool, asks: bool) -> None:
        flight = self._open(browser, replica, asks=asks)
        self._logout(flight)
        self._answer(flight, lost)

    @rule(browser=BROWSERS, replica=REPLICA, which=WHICH)
    def logout_elsewhere(self, browser: int, replica: int, which: int) -> None:
        """Ends one of the sessions in one's own list."""
        flight = self._open(browser, replica)
        if flight.seen and flight.seen.user:
            listed = self._call(self.tables[replica].sessions_of, flight.seen.user, flight.session)
            marked = [item.label for item in listed if item.current]
            holds("listing", marked == [label(flight.seen.id)], f"marked as current: {marked}, it is {flight.seen}")
            chosen = listed[which % len(listed)].label
            ended = self._call(self.tables[replica].revoke_one, flight.seen.user, chosen)
            (past,) = (past for past in self.model.sessions.values() if label(past.id) == chosen)
            holds("listing", ended, f"{past} was listed and could not be ended")
            past.ends()
        self._answer(flight, lost=False)

    @rule(browser=BROWSERS, replica=REPLICA, keep=st.booleans())
    def logout_everywhere(self, browser: int, replica: int, keep: bool) -> None:
        """Ends all sessions of the user, or all but this one, as after a change of password."""
        flight = self._open(browser, replica)
        if flight.seen and flight.seen.user:
            user = flight.seen.user
            ending = [
                (past, past.life(self.now))
                for past in self.model.sessions.values()
                if past.user == user and not (keep and past is flight.seen)
            ]
            ended = self._call(self.tables[replica].revoke_all, user, flight.session if keep else None)
            surely = sum(life is Life.LIVES for _, life in ending)
            most = sum(life is not Life.OVER for _, life in ending)
            holds("listing", surely <= ended <= most, f"{ended} sessions of {user} ended, of {surely} to {most}")
            for past, _ in ending:
                past.over = True
        self._answer(flight, lost=False)

    # ---- requests that take their time

    @precondition(lambda self: len(self.flights) < MOST_IN_FLIGHT)
    @rule(browser=BROWSERS, replica=REPLICA, asks=ASKS)
    def send(self, browser: int, replica: int, asks: bool) -> None:
        self.flights.append(self._open(browser, replica, asks=asks, waits=True))

    @precondition(lambda self: self.flights)
    @rule(which=WHICH, name=NAMES, act=ACTS)
    def goes_on(self, which: int, name: str, act: str) -> None:
        self._act(self.flights[which % len(self.flights)], act, name)

    def _act(self, flight: Flight, act: str, name: str) -> None:
        if act in USERS:
            self._login(flight, act)
        elif act == "add":
            self._add(flight)
        elif act == "logout":
            self._logout(flight)
        elif act != "look":
            self._write(flight, name, remove=act == "remove", item=act == "set")

    @precondition(lambda self: self.flights)
    @rule(which=WHICH, lost=st.booleans())
    def is_answered(self, which: int, lost: bool) -> None:
        self._answer(self.flights.pop(which % len(self.flights)), lost)

    @rule(
        browser=BROWSERS,
        replica=REPLICA,
        acts=AT_ONCE,
        name=NAMES,
        late=st.booleans(),
        planted=st.booleans(),
        asks=ASKS,
    )
    def is_overtaken(
        self, *, browser: int, replica: int, acts: tuple[str, str], name: str, late: bool, planted: bool, asks: bool
    ) -> None:
        """Two requests at once: the first goes on when the other is done, and its reply is the first or the last."""
        if not (home := self.browsers[browser].home) or home.life(self.now) is not Life.LIVES:
            self.write(browser=browser, replica=replica, name="b", how="write", lost=False)
        if planted:
            self.is_planted(browser, "invented", 0, (PARENT, "/"))
        first, second = self._open(browser, replica, asks=asks), self._open(browser, 1 - replica)
        self._act(second, acts[1], "a")
        if late:
            self._answer(second, lost=False)
        self._act(first, acts[0], name)
        if first.gone:
            self._act(first, "write", "b")
        for flight in (first,) if late else (first, second):
            self._answer(flight, lost=False)

    # ---- what befalls

    @rule(browser=BROWSERS, replica=REPLICA, times=st.integers(2, 6), asks=ASKS)
    def comes_back(self, browser: int, replica: int, times: int, asks: bool) -> None:
        """Again and again, each time just before the idle end."""
        for _ in range(times):
            self.now += IDLE - REFRESH - 1
            self.visit(browser, replica, split=False, asks=asks)

    @rule(seconds=st.sampled_from((1.0, 9.0, 10.0, 50.0, 89.0, 100.0, 290.0)))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    @rule(replica=REPLICA, limit=st.sampled_from((1, 100)))
    def sweep(self, replica: int, limit: int) -> None:
        self._call(self.tables[replica].sweep, limit)

    @rule(replica=REPLICA)
    def restart(self, replica: int) -> None:
        """Its requests get no reply."""
        self.flights = [flight for flight in self.flights if flight.replica != replica]
        self._stop(replica)
        self.place.restart(replica)
        self._start(replica)

    @rule(
        browser=BROWSERS,
        what=st.sampled_from(("invented", "malformed", "used before", "living")),
        which=WHICH,
        place=st.sampled_from(((PARENT, "/"), (PARENT, "/shop"), ("", "/shop"), ("", PATH))),
    )
    def is_planted(self, browser: int, what: str, which: int, place: tuple[str, str]) -> None:
        """A neighbour sets a cookie of our name: an id that nobody issued, or one that the neighbour had, or has."""
        if what == "invented":
            value = new_id()
            self.planted.add(value)
        elif what == "malformed":
            value = '"quoted", and not'
        else:
            wanted = Life.LIVES if what == "living" else Life.OVER
            ids = [
                past.id
                for past in self.model.sessions.values()
                if past.life(self.now) is wanted and (what != "living" or past.user == "mallory")
            ]
            if not ids:
                return
            value = ids[which % len(ids)]
        self.browsers[browser].planted = True
        self.browsers[browser].jar.plant("sid", value, *place)

    # ---- what must be true at all times

    @invariant()
    def all_is_well(self) -> None:
        self._nothing_at_rest_opens_a_session()
        self._the_store_holds_what_lives()
        self._lists_are_true()

    def _nothing_at_rest_opens_a_session(self) -> None:
        rest = self.place.at_rest()
        for each in self.model.sessions:
            holds("secrecy", each.encode() not in rest, f"id {each} is in the store")

    def _the_store_holds_what_lives(self) -> None:
        front = self.tables[0].store
        for each in self.planted:
            holds("authenticity", not self._call(front.read, key(each), self.now), f"{each} was never issued")
        for past in self.model.sessions.values():
            life, record = past.life(self.now), self._call(front.read, key(past.id), self.now)
            if life is Life.OVER:
                holds("finality", record is None, f"{past} opens {record}")
            elif record is None:
                holds("continuity", life is Life.EITHER, f"{past} is nowhere")
                past.over = True
            else:
                holds("isolation", record.user == past.user, f"{past} belongs to {record.user}")
                self._same_values({name: json.loads(text) for name, text in record.values.items()}, past)

    def _lists_are_true(self) -> None:
        for user in USERS:
            listed = {item.label for item in self._call(self.tables[1].sessions_of, user)}
            own = {label(past.id): past.life(self.now) for past in self.model.sessions.values() if past.user == user}
            least = {name for name, life in own.items() if life is Life.LIVES}
            most = {name for name, life in own.items() if life is not Life.OVER}
            holds("listing", least <= listed <= most, f"{user} is shown {listed}, to be between {least} and {most}")
