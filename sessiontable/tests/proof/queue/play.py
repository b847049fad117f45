"""One play of a program: who can go on, whom the schedule lets go on, and what became of it."""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from contextvars import copy_context
from itertools import count
from typing import Any

from sessiontable import AsyncSessionTable, SessionGone, StoreUnavailable
from sessiontable.sqlite.steps import Connection

from .. import story
from ..history import Answer, Done, Explained, Slot
from ..steps import Act, EndAll, Login, Logout, Looks, Open, Request, Write
from ..verdicts import broken, holds
from .elsewhere import WHO as THEY
from .elsewhere import Elsewhere
from .ledger import Call, Ledger
from .loop import WHO, Loop
from .programs import Story
from .search import Choose
from .workers import NO_THREADS, Workers

_SEES = -100
_AT_THE_END = 10**9


class Play:
    """`ids`: of the two sessions that there are; `see`: what is in the file by id, as `other`, another process, sees it."""

    table: AsyncSessionTable

    def __init__(
        self, program: Story, ids: tuple[str, str], now: float, other: Connection, see: Callable[[], dict[str, Any]]
    ) -> None:
        here, there = ids
        self.program, self._see = program, see
        self.requests = program.requests(here, there)
        self.ledger, self.elsewhere = Ledger(), Elsewhere(other, program.elsewhere(here), here, now)
        self.workers = Workers(self.ledger, self.elsewhere)
        self.loops = [Loop(self._hand_over) for _ in {*program.loops, 0}]  # type: ignore[abstract]
        self.tasks = dict[int, asyncio.Task[None]]()
        self.paused = dict[int, asyncio.Future[None]]()
        self.under_way = dict[int, Done]()
        self.turns_at = dict[int, int]()
        self.heard: dict[int, list[str]] = defaultdict(list)
        self.issued: dict[int, list[str]] = defaultdict(list)
        self.runs: list[tuple[str, list[str]]] = []
        self.given_up, self.refused = set[int](), 0
        self.tick, self._sights = 0, count()
        world = Explained({each: Slot(user, values, root=each) for each, (user, values) in see().items()})
        if any(isinstance(step, EndAll) for steps in self.requests for step in steps):
            for each in (here, there):
                world.change(each, ended=True)
        world.at[THEY] = world.sent[THEY] = here
        self.told = story.Story(world, [here, there])

    def play(self, choose: Choose) -> None:
        """To the end. Raises Broken."""
        try:
            while options := self._options():
                at = choose(len(options), self.state) if len(options) > 1 else 0
                self.tick += 1
                options[at]()
            for who, done in self.under_way.items():
                broken("steadiness", f"request {who} is never answered: {done}")
        finally:
            self._end()
        self._judge()

    # ---- what may happen

    def _options(self) -> list[Callable[[], None]]:
        """All that may happen next."""
        program, workers = self.program, self.workers
        options: list[Callable[[], None]] = [loop.run_next for loop in self.loops if loop.ready]
        options += [lambda job=job: self._works(job) for job in workers.jobs if job.strand.may_go()]  # type: ignore[misc]
        for who in range(len(self.requests)):
            if who not in self.tasks or who in self.paused:
                options.append(lambda who=who: self._comes(who))  # type: ignore[misc]
            elif who in program.gives_up and who in self.under_way and who not in self.given_up:
                options.append(lambda who=who: self._gives_up(who))  # type: ignore[misc]
        if self.elsewhere.acts and (self.elsewhere.holds or not workers.committing()):
            options.append(self._happens_elsewhere)
        if program.impatient and not workers.impatient and self.elsewhere.holds:
            options.append(workers.takes_too_long)
        if program.commit_fails and not workers.disk_has_filled_up:
            options.append(workers.fill_disk)
        if program.locks and not workers.has_been_locked:
            options.append(workers.lock)
        if program.ends and not workers.gone:
            options.append(workers.leave)
        return options

    def _comes(self, who: int) -> None:
        """What a client sends: its request, or what the next step waits for."""
        if who in self.tasks:
            self.paused.pop(who).set_result(None)
            return
        context = copy_context()
        context.run(WHO.set, who)
        self.tasks[who] = asyncio.Task(self._request(who), loop=self.loops[self.program.loop_of(who)], context=context)

    async def _request(self, who: int) -> None:
        request = Request()
        for at, step in enumerate(self.requests[who]):
            if at:
                self.paused[who] = asyncio.get_running_loop().create_future()
                await self.paused[who]
            await self._step(who, step, request)
            if who in self.given_up:
                return
        with suppress(SessionGone):
            await request.settle()

    async def _step(self, who: int, step: Act, request: Request) -> None:
        done = self.under_way[who] = Done(who, step, self.tick)
        self.turns_at.pop(who, None)
        self._note("begins", f"{who} {step}")
        try:
            done.answer = await step.act(self.table, request)
        except asyncio.CancelledError:
            holds("steadiness", who in self.given_up, f"{step} of {who} was cancelled by nobody")
            self._note("gave up", f"{who}")
            return
        except (StoreUnavailable, RuntimeError) as error:
            if isinstance(error, RuntimeError) and str(error) != NO_THREADS:
                raise
            self.refused += 1
            self.given_up.add(who)
            self._note("ends", f"{who} {error}")
            return
        finally:
            del self.under_way[who]
        done.ended = self.tick
        self.told.done.append(done)
        seen = self._look() if not isinstance(step, Open) else None
        self._note("ends", f"{who} {done.answer} {seen}")

    def _look(self) -> dict[str, Answer]:
        """Somebody else looks into the file: what has been answered is found there."""
        seen = self._see()
        self.told.done.append(Done(_SEES - next(self._sights), Looks(), self.tick + 1, self.tick + 1, seen))
        self.tick += 2
        return seen

    def _gives_up(self, who: int) -> None:
        """Before its turn nothing is done; later it may be, and a login or logout goes on alone."""
        done = self.under_way[who]
        self.given_up.add(who)
        nothing = self.turns_at.get(who, self.ledger.turns) == self.ledger.turns
        self._note("gives up", f"{who} {nothing}")
        self.tasks[who].cancel()
        if not nothing or isinstance(done.step, Login | Logout):
            self.told.perhaps.append([Done(who, done.step, done.began, _AT_THE_END)])

    def _happens_elsewhere(self) -> None:
        if done := self.elsewhere.goes_on(self.tick):
            self.told.done.append(done)
            self._note("ends", f"elsewhere {done.answer}")

    def _hand_over(self, loop: Loop, work: Callable[[], Any], answer: Any) -> None:
        waiting = tuple(who for each in self.loops for who, future in each.futures if not future.done())
        self.workers.begin(loop, work, answer, waiting)

    def _works(self, job: Any) -> None:
        if (result := self.workers.go(job)) is not None:
            self.heard[job.context.get(WHO, -1)].append(repr(result))

    # ---- what is noted

    def begins(self, call: Call) -> None:
        """A request asks the store to write something."""
        who = WHO.get()
        self.turns_at[who] = self.ledger.turns
        self.ledger.begun.append((self.program.loop_of(who), call))

    def hears(self, answer: object) -> None:
        """A request hears from the store."""
        self.heard[WHO.get()].append(repr(answer))
        self.turns_at[WHO.get()] = -1

    def new_id(self) -> str:
        """The same for a request in whichever order all of them come."""
        mine = self.issued[WHO.get()]
        mine.append(f"{WHO.get()}{len(mine):042d}")
        self.told.ids.append(mine[-1])
        return mine[-1]

    def _note(self, kind: str, what: str) -> None:
        """Of what begins or ends with nothing else between, the order does not matter."""
        if self.runs and self.runs[-1][0] == kind:
            self.runs[-1][1].append(what)
        else:
            self.runs.append((kind, [what]))

    @property
    def came_out(self) -> tuple[Any, ...]:
        """What everybody was answered in which order, and what is in the file."""
        return (*((kind, *sorted(what)) for kind, what in self.runs), str(self._see()))

    def state(self) -> tuple[Any, ...]:
        """All that decides what may come and how it will be judged."""
        outer = {id(task) for task in self.tasks.values()}
        return (
            tuple(loop.state(outer) for loop in self.loops),
            self.workers.state(),
            self.came_out,
            tuple(sorted((who, *each) for who, each in self.heard.items())),
            tuple(sorted((who, *each) for who, each in self.issued.items())),
            (tuple(sorted(self.paused)), tuple(sorted(self.tasks)), tuple(sorted(self.given_up))),
            (len(self.elsewhere.acts), self.elsewhere.holds, self.refused, self.table.ends),
        )

    # ---- the end

    def _end(self) -> None:
        """Whatever is under way is ended, so that it disturbs no other play."""
        self.workers.end()
        self.elsewhere.end()
        self.given_up |= {*self.tasks}
        unfinished = [task for task in self.tasks.values() if not task.done()]
        for task in unfinished:
            task.cancel()
        while unfinished and (ready := [loop for loop in self.loops if loop.ready]):
            ready[0].run_next()

    def _judge(self) -> None:
        for loop in self.loops:
            for each in loop.errors:
                broken("steadiness", f"an error in the event loop: {each}")
        for task in self.tasks.values():
            task.cancelled() or task.result()
        self.ledger.judge()
        excused = self.workers.impatient or self.workers.gone or self.refused <= self.workers.excused
        holds("steadiness", excused, f"refused without a reason: {self.runs}")
        told, seen = self.told, self._see()
        told.world.late = frozenset(each.who for each in told.done if self._is_late(each))
        sights = [each.answer for each in told.done if isinstance(each.step, Looks)]
        told.perhaps = [self._may_have_done(each, [*sights, seen]) for (each,) in told.perhaps]
        told.judge(dict.fromkeys(told.ids) | seen, self.tick + 1)

    def _is_late(self, done: Done) -> bool:
        """Whether a request came while somebody was ending sessions, or may have been: who gave up does not know."""
        given_up = any(isinstance(some[0].step, Logout) for some in self.told.perhaps)
        ends = [each.ended for each in self.told.done if isinstance(each.step, Logout | EndAll)]
        return isinstance(done.step, Open) and not done.answer and (given_up or max(ends, default=-1) >= done.ended)

    def _may_have_done(self, done: Done, sights: list[Any]) -> list[Done]:
        """The same step with each of the answers that it might have been given."""
        answers: list[Answer] = [None]
        if isinstance(done.step, Login):
            values = [{}, {"n": 0}, *(value for sight in sights for _, value in sight.values())]
            answers = [(new, done.step.user, each) for new in self.issued[done.who] for each in values]
        elif isinstance(done.step, Write):
            answers += self.issued[done.who]
        return [Done(done.who, done.step, done.began, done.ended, each) for each in answers]
