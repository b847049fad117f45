"""What an ended process has left is found by the next one, whatever lab it brings up; what somebody lives by stays."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cookielab.engines.docker_left import NOBODY
from cookielab.engines.owner import ended, mark
from tests.docker.small import IDLE, Ground, docker, free_range, left
from tests.labs import command

pytestmark = pytest.mark.docker


@contextmanager
def owner(ground: Ground, *, owned: bool) -> Iterator[subprocess.Popen[str]]:
    """Another process with a lab that is up."""
    engine = ground.lab(one=IDLE)
    with command(engine, engine.state, f"lab.up(owned={owned}); print('up', flush=True); input()") as other:
        try:
            assert other.stdout
            assert other.stdout.readline() == "up\n", other.communicate()[1]
            yield other
        finally:
            other.kill()


@pytest.fixture
def mine(ground: Ground, tmp_path: Path) -> Iterator[Ground]:
    """Another lab, of this process."""
    place = Ground(tmp_path / "mine", f"{ground.name}-mine", free_range("198.19"))
    yield place
    for engine in place.engines:
        engine.down()
    assert left(place.name) == []


def test_the_next_up_removes_it(ground: Ground, mine: Ground, capfd: pytest.CaptureFixture[str]) -> None:
    """1. while the owner lives its lab is left alone 2. once it was killed the next command says what it removes."""
    with owner(ground, owned=True) as other:
        mine.lab(one=IDLE).up()
        assert len(left(ground.name)) == 2
        assert "which an ended command had left" not in capfd.readouterr().err
        assert mine.engines[-1].down()[:1] == [f"1 container: {mine.name}-one-1"]
        other.kill()
        other.wait()
        mine.lab(one=IDLE).up()
        assert (
            f"docker: removed 1 container: {ground.name}-one-1, which an ended command had left\n"
            in capfd.readouterr().err
        )
        assert left(ground.name) == []


def test_the_next_down_removes_it_too(ground: Ground, mine: Ground) -> None:
    with owner(ground, owned=True) as other:
        assert mine.lab(one=IDLE).down() == []
        other.terminate()
        other.wait()
        assert f"1 container: {ground.name}-one-1, which an ended command had left" in mine.lab(one=IDLE).down()


def test_what_somebody_else_has_on_its_network_loses_that_leg(ground: Ground, mine: Ground) -> None:
    """A service of a user's project that was checked when the command was killed: it runs on, and the network goes."""
    theirs = f"{ground.name}-theirs"
    with owner(ground, owned=True) as other:
        (network,) = [name for name in left(ground.name) if name.endswith("lan")]
        docker(
            "run", "--detach", "--name", theirs, "--network", network, "--entrypoint", "sleep", "cookielab-server", "60"
        )
        try:
            other.kill()
            other.wait()
            mine.lab(one=IDLE).down()
            assert left(ground.name) == []
            assert docker("inspect", "--format", "{{.State.Running}}", theirs) == ["true"]
        finally:
            docker("rm", "--force", theirs)


def test_a_lab_that_was_to_stay_stays(ground: Ground, mine: Ground) -> None:
    with owner(ground, owned=False) as other:
        other.kill()
        other.wait()
        assert mine.lab(one=IDLE).down() == []
        assert len(left(ground.name)) == 2


def test_a_mark_of_somewhere_else_is_no_ended_owner() -> None:
    """Of another boot or another PID namespace nothing can be said, and nothing is removed."""
    boot, space, pid, start = mark().removeprefix("cookielab-").rsplit("-", 3)
    assert not ended(mark())
    assert ended(f"cookielab-{boot}-{space}-{pid}-{int(start) + 1}")
    assert not ended(f"cookielab-{boot[:-1]}{'0' if boot[-1] != '0' else '1'}-{space}-{pid}-{int(start) + 1}")
    assert not ended(f"cookielab-{boot}-{int(space) + 1}-{pid}-{int(start) + 1}")
    assert not ended(NOBODY)
