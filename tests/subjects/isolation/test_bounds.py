"""How much a server in a sandbox may use, and that nothing is left of it when it has ended."""

import json
import os
import shutil
from pathlib import Path

import pytest

from cookielab.engines.base import Sandbox
from cookielab.engines.netns import NetnsEngine
from cookielab.engines.process import output
from tests.labs import until
from tests.subjects.isolation import hostile
from tests.subjects.isolation.conftest import ROOT, SANDBOXED

pytestmark = SANDBOXED


def test_limits(lab: NetnsEngine, folder: Path) -> None:
    """Threads, open files, files and memory, each at its own limit; nothing is a core file."""
    shutil.copy(hostile.__file__, folder / "hostile.py")
    task = {
        "canary": "none",
        "port": 1,
        "addresses": [],
        "sockets": [],
        "abstract": {},
        "pids": [],
        "writes": [],
        "shared_memory": 1,
        "greedy": True,
    }
    limits = {
        "RLIMIT_NPROC": 100,
        "RLIMIT_NOFILE": 200,
        "RLIMIT_FSIZE": 30 << 20,
        "RLIMIT_DATA": 512 << 20,
        "RLIMIT_CORE": 0,
    }
    cell = lab.cell("server", Sandbox(folder, limits=limits, size=50 << 20))
    try:
        process = cell.start(("python", "hostile.py", json.dumps(task)))
        assert process.wait(60.0) == 0, process.describe("it failed")
        assert process.excerpt
        found = json.loads(process.excerpt.raw())
    finally:
        cell.close()
    assert 20 < found["threads"] <= 100
    assert 150 < found["open files"] < 200
    assert found["file in the folder"] == found["file in /tmp"] == 30
    assert 200 < found["memory"] <= 512
    assert found["core file"] == 0


@pytest.mark.skipif(not ROOT, reason="an ordinary user's lab is one user namespace, which is counted as a whole")
def test_a_crowd_leaves_room_for_others(lab: NetnsEngine, folder: Path) -> None:
    """The kernel counts processes by user: a sandbox that has used up its own starts nothing more, another one does."""
    crowd = lab.cell("server", Sandbox(folder, limits={"RLIMIT_NPROC": 30}))
    other = lab.cell("server", Sandbox(folder, limits={"RLIMIT_NPROC": 30}))
    try:
        program = (
            "import os, time\ntry:\n while os.fork(): pass\nexcept OSError: print('full', flush=True)\ntime.sleep(60)"
        )
        full = crowd.start(("python", "-c", program))
        assert full.excerpt
        until(lambda: "full" in (full.excerpt.lines() if full.excerpt else []), "no more can be started")
        assert other.start(("sh", "-c", "true; true")).wait(20.0) == 0
        full.stop()
    finally:
        crowd.close()
        other.close()


def test_the_layer_is_limited_as_a_whole(lab: NetnsEngine, folder: Path) -> None:
    cell = lab.cell("server", Sandbox(folder, size=20 << 20))
    try:
        process = cell.start(
            ("sh", "-c", "head -c 12M /dev/zero >one && head -c 12M /dev/zero >/tmp/two; ls -s one /tmp/two")
        )
        process.wait(20.0)
        assert process.excerpt
        assert "No space left on device" in process.excerpt.lines()[0]
    finally:
        cell.close()


def test_nothing_is_left_of_a_server_that_hides_its_children(lab: NetnsEngine, folder: Path) -> None:
    """A child in a session of its own, deaf to SIGTERM, ends with the program."""
    cell = lab.cell("server", Sandbox(folder))
    mark = f"hidden-{os.getpid()}"
    try:
        process = cell.start(
            (
                "sh",
                "-c",
                f"setsid sh -c 'trap \"\" TERM HUP INT; : {mark}; echo up; while :; do sleep 1; done' & sleep 60",
            )
        )
        excerpt = process.excerpt
        assert excerpt
        until(excerpt.lines, "it says that it is up")
        assert _running(mark)
        process.stop()
        assert not _running(mark)
    finally:
        cell.close()


def _running(mark: str) -> bool:
    found = (path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.parent.name != str(os.getpid()))
    return any(mark.encode() in text for text in found)


def test_layers_are_gone_after_close(lab: NetnsEngine, folder: Path) -> None:
    before = output(lab.spawn("server", ("sh", "-c", "ls /run/cookielab-layers 2>/dev/null | wc -l")))
    cell = lab.cell("server", Sandbox(folder))
    cell.start(("true",)).wait(10.0)
    cell.close()
    lab.states()  # PID 1 has heard of the close before this
    assert output(lab.spawn("server", ("sh", "-c", "ls /run/cookielab-layers | wc -l"))) == before
