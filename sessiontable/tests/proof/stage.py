"""Where a program is played: two sessions of alice's in a store, and a table whose steps are scheduled."""

from dataclasses import dataclass
from typing import Any, cast

from sessiontable import AsyncSession, AsyncStore, MemoryStore, Store
from sessiontable.logic.inline import Inline, finish
from sessiontable.sqlite import SQLiteStore

from .faults import NONE, Fault
from .history import Done, Explained, Slot
from .programs import Program
from .schedule import Choose, Stepped, play
from .steps import EndAll, Request, id_in, shown
from .story import Story
from .variant import table_on

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
        here, there = self._begin(program.user), self._begin("alice")
        there_is = {each: self._look(each) for each in (here, there)}
        world = Explained(
            {each: Slot(user, values, root=each) for each, (user, values) in there_is.items()},
            two_steps=steps is not None,
        )
        self.clock.now += program.later
        self.requests = program.requests(here, there)
        if any(isinstance(step, EndAll) for steps in self.requests for step in steps):
            for each in (here, there):
                world.change(each, ended=True)
        self.story = Story(world, [here, there])
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
            self.story.done.append(done)
            if issued := request.issued():
                self.story.ids.append(issued)

    def _turn(self, who: int) -> None:
        self.tick += 1
        if self.under_way[who].began is None:
            self.under_way[who].began = self.tick

    def play(self, choose: Choose) -> None:
        """Raises Broken where no order explains the answers, with the invariant that this breaks."""
        play([self._request(who) for who in range(len(self.requests))], choose, self._turn)
        self.story.judge({each: self._look(each) for each in self.story.ids}, self.tick + 1)
