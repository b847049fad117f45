"""Desks for each engine. Whatever a test does to its lab, at the end nothing of it may be left."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.desk import Desk, checkout
from tests.labs import variables

type Desks = Callable[..., Desk]


@pytest.fixture
def desks(engine_name: str, tmp_path: Path) -> Iterator[Desks]:
    """Desks at one checkout: part 1 of a test's labs, or another one."""
    place, opened = checkout(tmp_path / "checkout"), list[Desk]()

    def desks(part: int = 1, **more: str) -> Desk:
        opened.append(Desk(place, engine_name, variables(part, **more)))
        return opened[-1]

    yield desks
    for desk in opened:
        down = desk.run("down")
        assert (down.code, desk.left()) == (0, []), down.err


@pytest.fixture
def desk(desks: Desks) -> Desk:
    return desks()
