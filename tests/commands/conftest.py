"""A desk with a lab that is up, for each engine, and one without a lab for all that needs none."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.desk import Desk, checkout
from tests.labs import need, variables


@pytest.fixture(scope="module")
def desk(engine_name: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Its lab is up with mitmproxy; tests leave it as they found it."""
    desk = Desk(checkout(tmp_path_factory.mktemp("checkout") / "here"), engine_name, variables(4))
    up = desk.run("up")
    assert up.code == 0, up.err
    yield desk
    down = desk.run("down")
    assert (down.code, down.out, desk.left()) == (0, f"the lab '{desk.name}' is down\n", [])
    assert down.err.startswith("removed "), down.err


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[Desk]:
    """No lab is up, and the files of the checkout may be changed."""
    need("netns")
    desk = Desk(checkout(tmp_path / "bare", copied=True), "netns", variables(3))
    yield desk
    assert desk.left() == []
