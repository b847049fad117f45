"""Labs for tests: each test process has a name, ranges and ports of its own, so that several can run side by side."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from cookielab.engines import choice
from cookielab.engines.base import Engine
from cookielab.engines.owner import mark
from cookielab.lab import state as labs
from cookielab.lab.apart import Slot
from cookielab.topology import composefile
from cookielab.topology.records import Topology

ROOT = Path(__file__).parents[1]


SLOT = Slot()
"""This test process's own."""


def variables(part: int = 0, **more: str) -> dict[str, str]:
    """The LAB_* variables of a lab of this test process, which owns it: what it leaves the next command finds."""
    return SLOT.variables(part, LAB_OWNER=mark(), **more)


def topology(part: int = 0, store: str = "memory", **more: str) -> Topology:
    """compose/lab.yaml with what this store needs, moved to where no other lab is."""
    inherited = {key: value for key, value in os.environ.items() if key in ("LAB_BASE_IMAGE", "LAB_CA_BUNDLE")}
    values = inherited | variables(part, **more) | {"LAB_STORE": store}
    return labs.load(store, ROOT / composefile.DEFAULT, values)


def engine(name: str, state: Path, part: int = 0, store: str = "memory", **more: str) -> Engine:
    """An engine for such a lab; nothing is up yet."""
    return choice.build(name)(topology(part, store, **more), state)


def command(lab: Engine, state: Path, code: str) -> subprocess.Popen[str]:
    """Another process of the same user that does something with `lab`; its streams are pipes."""
    program = (
        "from pathlib import Path; from cookielab.topology import composefile; from cookielab.engines import choice; "
        f"topology = composefile.load(Path({str(lab.topology.source)!r}), {dict(lab.topology.variables)!r}); "
        f"lab = choice.build({lab.name!r})(topology, Path({str(state)!r}))\n{code}"
    )
    return subprocess.Popen(
        (sys.executable, "-c", program),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
    )  # fmt: skip


def until(condition: Callable[[], object], what: str, seconds: float = 15.0) -> None:
    """Waits for a condition; the test fails where it does not come true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds:g} s: {what}"
        time.sleep(0.02)


@cache
def _lacks(name: str, store: str) -> str:
    return choice.listed(engine(name, Path("/nonexistent"), store=store).lacks())


def need(name: str, store: str = "memory") -> None:
    """Skips the test where an engine cannot run, saying why; where COOKIELAB_REQUIRE_ENGINES lists it, that is a failure."""
    if text := _lacks(name, store):
        if name in os.environ.get("COOKIELAB_REQUIRE_ENGINES", "").split(","):
            pytest.fail(f"COOKIELAB_REQUIRE_ENGINES asks for {name}, which cannot run here:\n{text}")
        pytest.skip(f"no {name} engine here (COOKIELAB_REQUIRE_ENGINES={name} makes this a failure):\n{text}")


def need_images() -> None:
    """Docker answers, and the images of the real lab are there and up to date; else see `need`."""
    from cookielab.engines import images
    from cookielab.engines.docker import DockerEngine

    need("docker")
    topology = composefile.load(ROOT / composefile.DEFAULT)
    images.ensure(DockerEngine(topology, ROOT / ".lab").api, topology)
