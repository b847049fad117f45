"""Where a program is played: two sessions of alice's in a store, a table whose steps are scheduled, and the judge."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import chain, combinations
from typing import Any, cast

from sessiontable import AsyncSession, AsyncStore, MemoryStore, Store
from sessiontable.inline import Inline, finish
from sessiontable.sqlite import SQLiteStore

from .faults import NONE, Fault
from .history import Answer, Done, Explained, Slot, explained
from .programs import Program
from .schedule import Choose, Stepped, play
from .steps import GONE, EndAll, Ended, Leave, Login, Logout, Looks, Request, id_in, shown
from .variant import table_on
from .verdicts import broken

START = 1_000_000.0


@dataclass
class Clock:
    """Goes on a little each time, so that the order of a list by age is the same in each play."""

    now: float = START

    def __call__(self) -> float:
        self.now += 0.001
        return self.now


class Stage:
    """One play of a program, from the begin of its sessions to the judgement."""

    def __init__(
        self,
        program: Program,
        store: Store | AsyncStore,
        fault: Fault = NONE,
        *,
        after: bool = False,
        steps: AsyncStore | None = None,
    ) -> None:
        """`steps`: the same store, but one that stops by itself, as it takes more than one step for a login."""
        self.clock = Clock()
        inner = Inline(store) if isinstance(store, MemoryStore | SQLiteStore) else cast(AsyncStore, store)
        self.behind = table_on(inner, "asyncio", fault, self.clock)
        self.table = table_on(steps or Stepped(inner, store, after=after), "asyncio", fault, self.clock)
        self.two_steps = steps is not None
        here, there = self._begin(program.user), self._begin("alice")
        self.ids = [here, there]
        there_is = {each: self._look(each) for each in self.ids}
        self.world = Explained(
            {each: Slot(user, values, root=each) for each, (user, values) in there_is.items()}, two_steps=self.two_steps
        )
        self.clock.now += program.later
        self.requests = program.requests(here, there)
        if any(isinstance(step, EndAll) for steps in self.requests for step in steps):
            for each in self.ids:
                self.world.change(each, ended=True)
        self.done: list[Done] = []
        self.under_way: dict[int, Done] = {}
        self.tick = 0

    def _begin(self, user: str | None) -> str:
        session = finish(self.behind.open([]))
        finish(session.write("n", 0))
        if user:
            finish(session.rotate(user))
        return id_in(session)

    def _look(self, session_id: str) -> Any:
        session: AsyncSession = finish(self.behind.open([f"sid={session_id}"]))
        return shown(session) if session.known else None

    async def _request(self, who: int) -> None:
        request = Request()
        for step in self.requests[who]:
            done = self.under_way[who] = Done(who, step)
            done.answer = await step.act(self.table, request)
            done.ended = self.tick
            self.done.append(done)
            if issued := request.issued():
                self.ids.append(issued)

    def _turn(self, who: int) -> None:
        self.tick += 1
        if self.under_way[who].began is None:
            self.under_way[who].began = self.tick

    def play(self, choose: Choose) -> None:
        """Raises Broken where no order explains the answers, with the invariant that this breaks."""
        play([self._request(who) for who in range(len(self.requests))], choose, self._turn)
        looks = {each: self._look(each) for each in self.ids}
        self.done.append(Done(-1, Looks(), self.tick + 1, self.tick + 1, looks))
        begun = [each for each in self.ids[2:] if not looks[each]]
        logins = [done.who for done in self.done if isinstance(done.step, Login)] if self.two_steps else []
        if not any(
            explained(self._parts(more, twice), self.world)
            for twice in chain.from_iterable(combinations(logins, n) for n in range(len(logins) + 1))
            for more in chain.from_iterable(combinations(begun, n) for n in range(2))
        ):
            self._name(looks)

    def _parts(self, more: Iterable[str], twice: Iterable[int]) -> list[Done]:
        """What was done, with the end of all sessions told as the end of each, and of some `more`, and with the logins
        of some requests told in two steps."""
        parts: list[Done] = []
        for done in self.done:
            if isinstance(done.step, EndAll):
                ends = [Ended(root) for root in (*done.step.roots, *more)]
                parts += [replace(done, step=end, who=-2 - at) for at, end in enumerate(ends, len(parts))]
            elif isinstance(done.step, Login) and done.who in twice:
                parts += [replace(done, step=Leave(done.step), answer=None), done]
            else:
                parts.append(done)
        return parts

    def _name(self, looks: dict[str, Answer]) -> None:
        """What is broken where no order explains the answers."""
        story = "; ".join(f"{done.who}: {done.step} -> {done.answer!r}" for done in self.done)
        for done in self.done:
            if isinstance(done.step, Login | Logout) and done.answer != GONE and looks[done.step.sent]:
                broken("finality", f"{done.step} was answered, and the id opens {looks[done.step.sent]!r}: {story}")
        gone = set[int]()
        for done in self.done:
            if done.answer == GONE:
                gone.add(done.who)
            elif done.who in gone and not isinstance(done.step, Logout):
                broken("finality", f"request {done.who} was told that its session is gone, and went on: {story}")
            if isinstance(done.step, EndAll) and any(looks[each] for each in self.ids):
                broken("finality", f"something is left after {done.step}: {story}; {looks}")
        broken("durability", f"no order explains what is there, {looks}: {story}")
