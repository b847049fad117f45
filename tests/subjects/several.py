"""Checks of small servers side by side: a few processes, each with a lab of its own. A check mostly waits."""

from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from multiprocessing import get_context, util
from pathlib import Path
from tempfile import mkdtemp

from cookielab.lab.state import MITMWEB
from cookielab.stage.agents import Agents
from scenarios import SCENARIOS
from tests.labs import engine
from tests.subjects import frameworks, small

LABS = 2

_here: list[Agents] = []


class Checks:
    """Takes names of servers and gives what a check said, later."""

    def __init__(self, pool: ProcessPoolExecutor, folder: Path, *, whole: bool) -> None:
        self._pool, self._folder, self._whole, self._count = pool, folder, whole, 0

    def start(self, name: str) -> "Future[small.Outcome]":
        """One check of a small server, or of one of a framework, with a new process and in a folder of its own."""
        self._count += 1
        return self._pool.submit(_check, name, self._folder / f"{self._count}-{name}", self._whole)


@contextmanager
def checks(folder: Path, labs: int = LABS, *, whole: bool = True) -> Iterator[Checks]:
    """So many labs, up until the end. `whole`: all scenarios are played, and not only the usual ones."""
    with ProcessPoolExecutor(labs, mp_context=get_context("spawn"), initializer=_up, initargs=(folder,)) as pool:
        yield Checks(pool, folder, whole=whole)
        pool.shutdown(cancel_futures=True)


def _up(folder: Path) -> None:
    lab = engine("netns", Path(mkdtemp(dir=folder)), part=2)
    stack = ExitStack()
    stack.callback(lab.down)
    lab.up([name for name in lab.topology.hosts if name != MITMWEB])  # nobody looks
    _here.append(stack.enter_context(Agents(lab)))
    util.Finalize(None, stack.close, exitpriority=1)  # such a process ends without what atexit has


def _check(name: str, folder: Path, whole: bool) -> small.Outcome:
    (agents,) = _here
    brought = small.brought if name.startswith("x_") else frameworks.brought
    return small.check(agents, brought(name, folder), folder / "check", SCENARIOS if whole else small.usual(name))
