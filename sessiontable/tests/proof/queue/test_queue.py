"""Every order of what requests, threads, another process and the event loop do at once around SQLite's queue of writes."""

import logging
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest

from sessiontable import AsyncSession

from ..lives import LONG as AT_LENGTH
from ..schedule import sample
from ..verdicts import Broken
from .bench import Bench
from .faults import QUEUE_FAULTS, QueueFault
from .programs import LONG, SHORT, Story
from .search import Count, explore_states

SEED = 20261130
MOST = 40_000
"""Plays of a program; each takes some two milliseconds."""
PROGRAMS = {story.name: story for story in (*SHORT, *LONG)}
pytestmark = pytest.mark.timeout(1200 if AT_LENGTH else 120)


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """A file that is held or full is told of thousands of times."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def told(capsys: pytest.CaptureFixture[str], story: Story, count: Count) -> None:
    """How many it were, on the terminal of whoever asked for a long proof."""
    if AT_LENGTH:
        with capsys.disabled():
            some = "" if count.complete else "of more "
            print(f"\n  {count.orders:10} {some}orders of {story.name}, in {count.plays} plays", end="")


@pytest.mark.parametrize("story", SHORT, ids=str)
def test_two_requests(story: Story, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """All orders."""
    with Bench(tmp_path, story).set_up() as bench:
        count = explore_states(bench.play, MOST)
    assert count.complete
    told(capsys, story, count)


@pytest.mark.parametrize("story", LONG, ids=str)
def test_more(story: Story, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """All orders where there is time, else some of them, drawn by seed."""
    with Bench(tmp_path, story).set_up() as bench:
        if AT_LENGTH:
            told(capsys, story, explore_states(bench.play, MOST))
        sample(bench.play_blindly, SEED, 2000 if AT_LENGTH else 60)


@pytest.mark.parametrize("name", ["write a, write b", "first write, first write", "a write that is given up, write"])
def test_what_is_left_out_ends_like_what_is_played(name: str, tmp_path: Path) -> None:
    """The search plays no state twice. What can come out is the same as when it plays every order there is."""
    with Bench(tmp_path, PROGRAMS[name]).set_up() as bench:
        few = explore_states(bench.play)
        seen, bench.ends = bench.ends, set()
        all_of_them = explore_states(bench.play, every=True)
    assert few.complete
    assert all_of_them.complete
    assert few.plays < all_of_them.plays == few.orders
    assert seen == bench.ends


@pytest.mark.parametrize("fault", QUEUE_FAULTS, ids=str)
def test_the_orders_catch(fault: QueueFault, tmp_path: Path) -> None:
    """The same program is sound without the fault, as the tests above say."""
    with fault.in_place(), Bench(tmp_path, PROGRAMS[fault.story]).set_up() as bench, pytest.raises(Broken) as caught:
        explore_states(bench.play, MOST)
    assert caught.value.invariant in fault.breaks, caught.value


def test_the_orders_catch_steps_that_do_not_wait_for_each_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two first writes of one request would begin two sessions."""

    async def at_once(self: AsyncSession, work: Coroutine[Any, Any, Any], before: object) -> Any:
        return await work

    monkeypatch.setattr(AsyncSession, "_next", at_once)
    with (
        Bench(tmp_path, PROGRAMS["two first writes at once, logout"]).set_up() as bench,
        pytest.raises(Broken) as caught,
    ):
        explore_states(bench.play, MOST)
    assert caught.value.invariant == "durability"
