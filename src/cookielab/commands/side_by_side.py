"""Plays in several labs at the same time: a process for each, with names, ranges and ports that no other lab has."""

import os
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import ExitStack
from dataclasses import replace
from multiprocessing import get_context, parent_process, util
from multiprocessing.synchronize import Lock
from pathlib import Path
from threading import Thread

from ..errors import LabError
from ..judging.result import Result
from ..lab import state as labs
from ..lab.apart import Slot
from ..lab.state import Lab
from ..stage.agents import Agents
from ..stage.scenario import Scenario
from .playing import Wish, played

_here: list[tuple[Lab, Agents]] = []
_failed: list[str] = []
"""Why this process has no lab."""


def plays(
    wish: Wish, pairs: Sequence[tuple[Scenario, Sequence[str]]], folder: Path, *, repeat: int, jobs: int
) -> Iterator[Result]:
    """Every scenario against its handlers, in the order in which they are through. `jobs`: so many labs, all new.

    The events of a result stay in its folder.
    """
    context = get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context, initializer=_up, initargs=(wish, context.Lock())) as pool:
        try:
            going = [
                pool.submit(_play, scenario.id, handlers, wish.capture or "off", folder, repeat)
                for scenario, handlers in pairs
            ]
            for done in as_completed(going):
                yield from done.result()
        finally:
            pool.shutdown(cancel_futures=True)


def _up(wish: Wish, one_at_a_time: Lock) -> None:
    """A lab for this process, which ends with it; one after the other, since the first may have to build images."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the first process ends the work
    Thread(target=_end_with_the_first, daemon=True).start()
    os.environ.update(Slot().variables())
    stack = ExitStack()
    util.Finalize(None, stack.close, exitpriority=1)  # such a process ends without what atexit has
    try:
        lab = labs.prepare(wanted=wish.engine, capture=wish.capture or "off", store=wish.store or "memory")
        stack.enter_context(labs.alone(lab.record.name))
        with one_at_a_time:
            labs.up(lab, owned=True)
    except LabError as error:
        _failed.append(str(error))
        return
    stack.callback(labs.down, lab)
    _here.append((lab, stack.enter_context(Agents(lab.engine))))


def _end_with_the_first() -> None:
    """Where the first process is killed, nobody else ends this one."""
    first = parent_process()
    if first is not None:
        first.join()
        os._exit(1)


def _play(scenario: str, handlers: Sequence[str], capture: str, folder: Path, repeat: int) -> list[Result]:
    from ..stage.catalogue import catalogued

    if _failed:
        raise LabError(_failed[0])
    ((lab, agents),) = _here
    pairs = [(catalogued()[scenario], handlers)]
    return [replace(result, events=()) for result in played(lab, agents, pairs, capture, folder=folder, repeat=repeat)]
