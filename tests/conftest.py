"""The lab that contract tests share: one on each engine that this machine has, up once for all of them."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from cookielab.engines.base import Engine
from tests.labs import engine, need

pytest_plugins = ["pytester"]
BUILD = 900
"""Seconds for a test on Docker: the first one may have to build the images."""

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # `pytest &` in a script: what tests start would ignore it, too
    signal.signal(signal.SIGINT, signal.default_int_handler)

ENGINES = [
    pytest.param("netns", marks=pytest.mark.netns),
    pytest.param("docker", marks=[pytest.mark.docker, pytest.mark.timeout(BUILD)]),
]


@pytest.fixture(scope="session", params=ENGINES)
def engine_name(request: pytest.FixtureRequest) -> str:
    """Each engine in turn; skipped, with the reason, where this machine lacks something for it."""
    name = str(request.param)
    need(name)
    return name


@pytest.fixture(scope="session")
def state(engine_name: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The state directory of the lab that is up: with it another process finds the same lab."""
    return tmp_path_factory.mktemp(f"lab-{engine_name}")


@pytest.fixture(scope="session")
def lab(engine_name: str, state: Path) -> Iterator[Engine]:
    """The whole of compose/lab.yaml, with mitmproxy, up. Tests leave it as they found it."""
    lab = engine(engine_name, state, LAB_CAPTURE="mitm")
    lab.up()
    yield lab
    lab.down()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Several processes may share the suite: one plays all of the lab that is up once, the others take whole files."""
    for item in items:
        group = "lab" if "engine_name" in getattr(item, "fixturenames", ()) else str(item.path)
        item.add_marker(pytest.mark.xdist_group(group))
