"""A lab on Docker from up to down, also when it does not go well: what is left behind is nothing, and nobody else's."""

import re
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cookielab.engines.process import output
from cookielab.errors import CommandFailed, LabError, UsageError
from tests.docker.small import IDLE, Ground, docker, free_range, left
from tests.labs import command, until

pytestmark = pytest.mark.docker

SLOW: Mapping[str, Any] = {
    **IDLE,
    "healthcheck": {"test": ["CMD", "test", "-e", "/tmp/ready"], "interval": "200ms", "timeout": "2s", "retries": 1000},
}
"""Never healthy by itself: an `up` of it can be caught in the middle."""


@contextmanager
def in_the_middle_of_up(ground: Ground) -> Iterator[subprocess.Popen[str]]:
    """Another process that is bringing a lab up: its containers are there, and it waits."""
    engine = ground.lab(one=SLOW)
    with command(engine, engine.state, "lab.up()") as other:
        try:
            until(lambda: len(left(ground.name)) == 2 or other.poll() is not None, "a container and a network")
            assert other.poll() is None, other.communicate()[1]
            yield other
        finally:
            other.kill()


def test_up_and_down(ground: Ground) -> None:
    """1. absent 2. running 3. the same lab seen by another engine object 4. what was removed 5. absent."""
    engine = ground.lab(one=IDLE, two=IDLE)
    assert {state.state for state in engine.states().values()} == {"absent"}
    engine.up()
    other = ground.engine(engine.topology.source)
    assert {name: state.state for name, state in other.states().items()} == {"one": "running", "two": "running"}
    assert other.down() == [
        f"2 containers: {ground.name}-one-1, {ground.name}-two-1",
        f"1 network: {ground.name}_lan",
    ]
    assert {state.state for state in engine.states().values()} == {"absent"}


def test_down_without_a_lab(ground: Ground) -> None:
    assert ground.lab(one=IDLE).down() == []


def test_up_twice_is_refused_and_changes_nothing(ground: Ground) -> None:
    engine = ground.lab(one=IDLE)
    engine.up()
    before = docker("ps", "--no-trunc", "--quiet", "--filter", f"name={ground.name}")
    with pytest.raises(UsageError) as caught:
        engine.up()
    assert str(caught.value) == (
        f"the lab '{ground.name}' is up already; take it down first (make lab-down), "
        "or use another one with LAB_NAME=<name>"
    )
    assert docker("ps", "--no-trunc", "--quiet", "--filter", f"name={ground.name}") == before


def test_only_the_named_hosts_and_what_they_need(ground: Ground) -> None:
    needs = {**IDLE, "depends_on": ["one"]}
    engine = ground.lab(one=IDLE, two=needs, three=IDLE)
    engine.up(["two"])
    assert {name: state.state for name, state in engine.states().items()} == {
        "one": "running",
        "two": "running",
        "three": "absent",
    }


def test_a_host_whose_command_dies(ground: Ground) -> None:
    """The message has the exit code and the last output; nothing is left."""
    engine = ground.lab(good=IDLE, bad={"command": ["sh", "-c", "echo no configuration >&2; exit 3"]})
    with pytest.raises(LabError) as caught:
        engine.up()
    assert str(caught.value) == (
        "host bad did not come up: its command ended with exit code 3: no configuration\n"
        "its last output:\n  no configuration\n"
        f"Docker Compose said: container {ground.name}-bad-1 exited (3)"
    )
    assert left(ground.name) == []


def test_a_host_that_hangs(ground: Ground) -> None:
    """It runs, but never gets healthy: the message has what the health check says."""
    check = {"test": ["CMD", "cat", "/ready"], "interval": "100ms", "timeout": "1s", "retries": 3}
    engine = ground.lab(bad={**IDLE, "healthcheck": check})
    with pytest.raises(LabError) as caught:
        engine.up()
    assert str(caught.value) == (
        "host bad did not come up: it runs, but its health check fails: cat: /ready: No such file or directory\n"
        "it printed nothing\n"
        f"Docker Compose said: container {ground.name}-bad-1 is unhealthy"
    )
    assert left(ground.name) == []


def test_a_host_that_takes_for_ever(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cookielab.engines.docker.DEADLINE", 2)
    engine = ground.lab(one=SLOW)
    with pytest.raises(LabError) as caught:
        engine.up()
    text = re.sub(r"Up \d seconds", "Up some seconds", str(caught.value))
    assert text == (
        "host one did not come up: Up some seconds (health: starting)\n"
        "it printed nothing\n"
        "Docker Compose said: application not healthy after 2s"
    )
    assert left(ground.name) == []


def test_a_failure_that_is_no_hosts_fault(ground: Ground) -> None:
    """An image that is not there and cannot be: Compose's own words, and no host is blamed."""
    engine = ground.lab(one={**IDLE, "image": "127.0.0.1:1/nowhere"})
    with pytest.raises(CommandFailed) as caught:
        engine.up()
    assert caught.value.argv[:2] == ("docker", "compose")
    assert "127.0.0.1:1" in caught.value.stderr
    assert left(ground.name) == []


def test_a_host_that_dies_later(ground: Ground) -> None:
    """states, logs and spawn tell it apart from a lab that is not up."""
    engine = ground.lab(one={"command": ["sh", "-c", "echo working; exec sleep infinity"]})
    engine.up()
    docker("kill", f"{ground.name}-one-1")
    until(lambda: engine.states()["one"].state != "running", "the host is dead")
    assert engine.states()["one"].state == "dead"
    assert engine.states()["one"].detail == "its command ended with exit code 137: working"
    assert engine.logs("one") == "working\n"
    with pytest.raises(LabError) as caught:
        engine.spawn("one", ["true"])
    assert str(caught.value) == (
        "host one is not running: its command ended with exit code 137: working; bring the lab up: make lab-up"
    )


@pytest.mark.parametrize("then", ["down", "up"])
def test_what_a_killed_up_leaves_is_cleared_and_only_that(ground: Ground, then: str) -> None:
    """1. kill -9 in the middle 2. Compose ends as well 3. down or up 4. somebody else's container is still there."""
    foreign = f"{ground.name}x-one-1"
    docker("create", "--name", foreign, "--label", f"com.docker.compose.project={ground.name}x", "cookielab-server")
    try:
        with in_the_middle_of_up(ground) as other:
            compose = Path(f"/proc/{other.pid}/task/{other.pid}/children").read_text().split()[0]
            other.send_signal(signal.SIGKILL)
            other.wait()
        until(lambda: not alive(compose), "Compose has ended")
        engine = ground.lab(one=IDLE)
        if then == "up":
            engine.up()
            assert output(engine.spawn("one", ["echo", "here"])) == "here"
        assert engine.down() == [f"1 container: {ground.name}-one-1", f"1 network: {ground.name}_lan"]
        assert docker("ps", "--all", "--filter", f"name={foreign}", "--format", "{{.Names}}") == [foreign]
    finally:
        docker("rm", "--force", foreign)


def alive(pid: str) -> bool:
    """Neither gone nor waiting to be collected."""
    try:
        return bool(Path(f"/proc/{pid}/cmdline").read_bytes())
    except FileNotFoundError:
        return False


def test_an_interrupted_up_leaves_nothing(ground: Ground) -> None:
    with in_the_middle_of_up(ground) as other:
        other.send_signal(signal.SIGINT)
        _, said = other.communicate(timeout=30)
    assert said.endswith("KeyboardInterrupt\n")
    assert left(ground.name) == []


def test_what_is_left_with_another_range_is_replaced(ground: Ground) -> None:
    """Compose by itself would keep the old network and fail on the new address."""
    octets = free_range("198.19")
    with in_the_middle_of_up(ground) as other:
        other.send_signal(signal.SIGKILL)
        other.wait()
    path = ground.file(one=IDLE)
    engine = ground.engine(path, LAB_LAN_NET=octets)
    engine.up()
    assert output(engine.spawn("one", ["hostname", "-I"])).strip() == f"{octets}.11"


def test_two_labs_side_by_side(ground: Ground) -> None:
    path = ground.file(one=IDLE)
    first, second = (
        ground.engine(path),
        ground.engine(path, LAB_NAME=f"{ground.name}-b", LAB_LAN_NET=free_range("198.19")),
    )
    first.up()
    second.up()
    assert second.down() == [f"1 container: {ground.name}-b-one-1", f"1 network: {ground.name}-b_lan"]
    assert first.states()["one"].state == "running"


def test_a_lab_of_the_same_name_from_elsewhere_is_left_alone(ground: Ground) -> None:
    """Two checkouts, one name: the second can neither take the first one over nor take it down."""
    engine = ground.lab(one=IDLE)
    engine.up()
    elsewhere = replace(ground, folder=ground.folder.parent / "elsewhere")
    second = elsewhere.lab(one=IDLE)
    with pytest.raises(UsageError) as caught:
        second.up()
    assert str(caught.value) == (
        f"a lab '{ground.name}' is up already, from {engine.topology.source}; take it down there, or give this one a name "
        "and ranges of its own: LAB_NAME, LAB_PUBLIC_NET, LAB_HOME_NET, LAB_OFFICE_NET"
    )
    assert second.down() == []
    assert engine.states()["one"].state == "running"


def test_a_network_that_is_still_in_use_is_reported(ground: Ground) -> None:
    """Somebody has attached a container of their own: it is not removed, and the message says why the network stays."""
    engine = ground.lab(one=IDLE)
    engine.up()
    guest = f"{ground.name}x-guest"
    docker(
        "run", "--detach", "--name", guest, "--network", f"{ground.name}_lan", "cookielab-server", "sleep", "infinity"
    )
    try:
        with pytest.raises(LabError, match=rf"^lab {ground.name} could not be removed: .* has active endpoints"):
            engine.down()
    finally:
        docker("rm", "--force", guest)
    assert engine.down() == [f"1 network: {ground.name}_lan"]
