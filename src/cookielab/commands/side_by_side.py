"""Plays in several labs at the same time: a process for each, with names, ranges and ports that no other lab has."""

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from multiprocessing import get_context, parent_process
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Lock
from pathlib import Path
from queue import Empty
from threading import Thread

from ..errors import LabError
from ..interrupts import shielded
from ..judging.result import Result
from ..lab import state as labs
from ..lab.apart import Slot
from ..lab.state import Lab
from ..stage.agents import Agents
from ..stage.catalogue import catalogued
from ..stage.scenario import Scenario
from .playing import Wish, played

AWHILE = 1.0
"""Seconds after which it is looked whether the other processes are still there."""

type Task = tuple[str, Sequence[str]]
"""A scenario's id, and the handlers that it is to be played against."""


def plays(
    wish: Wish, pairs: Sequence[tuple[Scenario, Sequence[str]]], folder: Path, *, repeat: int, jobs: int
) -> Iterator[Result]:
    """Every scenario against its handlers, in the order in which they are through. `jobs`: so many labs, all new.

    The events of a result stay in its folder. LabError with the reason of the first lab that fails.
    """
    context = get_context("spawn")
    tasks: Queue[Task | None] = context.Queue()
    said: Queue[list[Result] | str] = context.Queue()
    for task in (*((scenario.id, handlers) for scenario, handlers in pairs), *([None] * jobs)):
        tasks.put(task)
    lock = context.Lock()
    workers = [context.Process(target=_work, args=(wish, lock, (tasks, said), folder, repeat)) for _ in range(jobs)]
    try:
        for worker in workers:
            worker.start()
        for _ in pairs:
            yield from _next(said, lambda: any(worker.is_alive() for worker in workers))
    finally:
        with shielded():
            with suppress(Empty):
                while True:  # what nobody has begun is not begun any more
                    tasks.get_nowait()
            for _ in range(jobs):
                tasks.put(None)
            for worker in workers:
                worker.join()


def _next(said: "Queue[list[Result] | str]", going: Callable[[], bool]) -> list[Result]:
    while True:
        alive = going()
        try:
            results = said.get(timeout=AWHILE)
        except Empty:
            if not alive:
                raise LabError("the processes with the labs have ended before all was played") from None
            continue
        if isinstance(results, str):
            raise LabError(results)
        return results


def _work(
    wish: Wish,
    one_at_a_time: Lock,
    queues: "tuple[Queue[Task | None], Queue[list[Result] | str]]",
    folder: Path,
    repeat: int,
) -> None:
    """What such a process does: a lab, plays until there are none left, and the end of the lab.

    `queues`: what there is to do, and what came out, or why there is no lab.
    """
    tasks, said = queues
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the first process ends the work
    Thread(target=_end_with_the_first, daemon=True).start()
    os.environ.update(Slot().variables())
    try:
        with ExitStack() as stack:
            lab, agents = _up(wish, one_at_a_time, stack)
            while task := tasks.get():
                scenario, handlers = task
                pairs = [(catalogued()[scenario], handlers)]
                done = played(lab, agents, pairs, wish.capture or "off", folder=folder, repeat=repeat)
                said.put([replace(result, events=()) for result in done])
    except LabError as error:
        said.put(str(error))


def _up(wish: Wish, one_at_a_time: Lock, stack: ExitStack) -> tuple[Lab, Agents]:
    """A lab that ends with the stack. One after the other, since the first may have to build images."""
    lab = labs.prepare(wanted=wish.engine, capture=wish.capture or "off", store=wish.store or "memory")
    stack.enter_context(labs.alone(lab.record.name))
    with one_at_a_time:
        labs.up(lab, owned=True)
    stack.callback(labs.down, lab)
    return lab, stack.enter_context(Agents(lab.engine))


def _end_with_the_first() -> None:
    """Where the first process is killed, nobody else ends this one."""
    first = parent_process()
    if first is not None:
        first.join()
        os._exit(1)
