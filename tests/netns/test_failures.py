"""When it does not work: a message that names the thing and the remedy, and nothing left behind."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cookielab.engines import machine
from cookielab.engines.netns import NetnsEngine
from cookielab.errors import DeadlineExceeded, LabError, ProcessDied, UsageError
from tests.labs import ROOT, until
from tests.netns.conftest import Workshop
from tests.netns.trace import traces

pytestmark = pytest.mark.netns

ONE = """
  one:
    networks: {lan: {ipv4_address: 198.18.0.1}}
    command: %s
    healthcheck: %s
"""


def test_a_command_that_ends(workshop: Workshop) -> None:
    """Known at once, although the health test would go on for a quarter of an hour."""
    health = '{test: [CMD, "false"], interval: 1s, retries: 1000}'
    lab = workshop.written(ONE % ('[sh, -c, "echo the reason >&2; exit 3"]', health))
    with pytest.raises(ProcessDied) as caught:
        lab.up()
    assert str(caught.value) == (
        "host one did not come up: its command ended with exit code 3\n"
        "its command: sh -c echo the reason >&2; exit 3\n"
        "its last output:\n  the reason"
    )
    assert traces(lab.state) == []


def test_a_program_that_does_not_exist(workshop: Workshop) -> None:
    lab = workshop.written(ONE % ("[frobnicate]", '{test: [CMD, "true"]}'))
    with pytest.raises(LabError) as caught:
        lab.up()
    assert str(caught.value) == f"frobnicate at host one: there is no such program; PATH is {machine.search_path()}"
    assert traces(lab.state) == []


def test_a_host_that_never_gets_healthy(workshop: Workshop) -> None:
    """The deadline is what the file says: retries times interval. What the test said is in the message."""
    health = '{test: [CMD, sh, -c, "echo not yet; exit 1"], interval: 100ms, retries: 4}'
    lab = workshop.written(ONE % ('[sh, -c, "echo working; exec sleep 1000"]', health))
    with pytest.raises(DeadlineExceeded) as caught:
        lab.up()
    assert str(caught.value) == (
        "host one did not come up: it is not healthy after 4 x 0.1 s: sh -c echo not yet; exit 1\n"
        "its command: sh -c echo working; exec sleep 1000\n"
        "its last output:\n  not yet\n  working"
    )
    assert traces(lab.state) == []


def test_a_health_test_that_hangs(workshop: Workshop) -> None:
    """Each test has its time-out, and the whole has its deadline."""
    health = '{test: [CMD, sleep, "1000"], interval: 200ms, timeout: 100ms, retries: 3}'
    lab = workshop.written(ONE % ("[sleep, infinity]", health))
    with pytest.raises(
        DeadlineExceeded, match=r"^host one did not come up: it is not healthy after 3 x 0\.2 s: sleep 1000"
    ):
        lab.up()
    assert traces(lab.state) == []


def test_a_command_that_dies_later(workshop: Workshop) -> None:
    """The lab stays up and says who is dead, and of what."""
    bell = workshop.folder / "bell"
    os.mkfifo(bell)
    lab = workshop.written(ONE % (f'[sh, -c, "read line <{bell}; echo last words; exit 9"]', '{test: [CMD, "true"]}'))
    lab.up()
    assert lab.states()["one"].state == "running"
    bell.write_text("now\n")
    until(lambda: lab.states()["one"].state == "dead", "the death is seen")
    assert lab.states()["one"].detail == "its command ended with exit code 9: last words"


def test_a_host_that_gets_ill_later(workshop: Workshop) -> None:
    well = workshop.folder / "well"
    well.touch()
    lab = workshop.written(ONE % ("[sleep, infinity]", f"{{test: [CMD, ls, {well}]}}"))
    lab.up()
    well.unlink()
    state = lab.states()["one"]
    assert state.state == "starting"
    assert state.detail.startswith(f"its health check fails: ls: cannot access '{well}'")


def on_a_poorer_machine(lab: NetnsEngine, preparation: str, *arguments: str) -> str:
    """What `lacks` and `up` say in a user namespace from which a line of shell has taken something away."""
    program = (
        "from pathlib import Path; from cookielab.topology import composefile; from cookielab.engines.netns import NetnsEngine\n"
        f"lab = NetnsEngine(composefile.load(Path({str(lab.topology.source)!r}), {{}}), Path({str(lab.state)!r}))\n"
        "for lack in lab.lacks(): print(lack.what, lack.remedy, *lack.packages, sep=' | ')\n"
        "try: lab.up()\nexcept Exception as error: print(type(error).__name__, error)"
    )
    shell = ("sh", "-ec", preparation, "sh", sys.executable, program, *arguments)
    done = subprocess.run(
        ("unshare", "--user", "--map-root-user", "--mount", *shell),
        capture_output=True, text=True, timeout=60, check=False, env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
    )  # fmt: skip
    assert not done.stderr, done.stderr
    return done.stdout


@pytest.mark.parametrize(
    ("program", "package"), [("ip", "iproute2"), ("nft", "nftables"), ("redis-server", "redis-server")]
)
def test_a_program_is_missing(workshop: Workshop, program: str, package: str) -> None:
    """The lack names the program and its package, and up refuses with the same words. What a host runs is needed for its lab alone."""
    lab = workshop.written(ONE % (f"[{program}]", "{test: [CMD, 'true']}"))
    places = {str(Path(folder, program).resolve()) for folder in machine.search_path().split(":")}
    there = [place for place in places if Path(place).exists()]
    hide = 'python=$1 program=$2; shift 2; for p; do mount --bind /dev/null "$p"; done; exec "$python" -c "$program"'
    remedy = f"apt-get install {package}"
    assert on_a_poorer_machine(lab, hide, *there) == (
        f"{program} is not installed | {remedy} | {package}\n"
        f"EngineMissing the netns engine cannot run here:\n  - {program} is not installed; {remedy}\n"
    )
    assert traces(lab.state) == []


def test_user_namespaces_are_forbidden(pair: NetnsEngine) -> None:
    """The setting that forbids them is named, and the command that allows them."""
    forbid = (
        "echo 0 >/proc/sys/user/max_user_namespaces; "
        'exec setpriv --inh-caps=-all --bounding-set=-all --no-new-privs "$1" -c "$2"'
    )
    what = "this machine forbids user namespaces (user.max_user_namespaces=0)"
    remedy = "allow them: sudo sysctl -w user.max_user_namespaces=15000; or use root, or Docker (ENGINE=docker)"
    assert on_a_poorer_machine(pair, forbid) == (
        f"{what} | {remedy}\nEngineMissing the netns engine cannot run here:\n  - {what}; {remedy}\n"
    )
    assert traces(pair.state) == []


def test_namespaces_are_forbidden_by_something_else(pair: NetnsEngine) -> None:
    """A container may forbid them in ways that no setting shows: the kernel's own words are passed on."""
    forbid = 'mount -t tmpfs none /proc/sys/user; exec setpriv --bounding-set=-all "$1" -c "$2"'
    forbid = "echo 0 >/proc/sys/user/max_user_namespaces; " + forbid
    said = on_a_poorer_machine(pair, forbid)
    assert said.startswith("this machine forbids user namespaces (unshare: unshare failed: "), said
    assert "in a container allow them: docker run --security-opt seccomp=unconfined --security-opt " in said


def test_too_many_hosts_for_a_bridge(workshop: Workshop) -> None:
    hosts = "".join(
        f"  h{number}: {{networks: {{lan: {{ipv4_address: 10.0.{number // 250}.{number % 250 + 1}}}}}}}\n"
        for number in range(1024)
    )
    file = workshop.folder / "wide.yaml"
    file.write_text(f"services:\n{hosts}networks: {{lan: {{ipam: {{config: [{{subnet: 10.0.0.0/16}}]}}}}}}\n")
    with pytest.raises(UsageError) as caught:
        workshop.lab(file).up()
    assert str(caught.value) == "network lan has 1,024 hosts and Linux connects 1,023 at most; split it in two"


@pytest.mark.parametrize(("setting", "message"), [
    ("kernel.hostname: x", "host one: sysctl kernel.hostname would change the whole machine; remove it"),
    ("net.ipv4.nonsense: 1", "the lab 'test-netns' could not be wired: host one: [Errno 2] sysctl net.ipv4.nonsense=1: No such file or directory"),
    ("net.ipv4.ip_forward: maybe", "the lab 'test-netns' could not be wired: host one: [Errno 22] sysctl net.ipv4.ip_forward=maybe: Invalid argument"),
])  # fmt: skip
def test_a_sysctl_that_cannot_be_set(workshop: Workshop, setting: str, message: str) -> None:
    lab = workshop.written(f"  one: {{networks: {{lan: {{ipv4_address: 198.18.0.1}}}}, sysctls: {{{setting}}}}}")
    with pytest.raises(LabError) as caught:
        lab.up()
    assert str(caught.value) == message
    assert traces(lab.state) == []


def test_a_gateway_that_is_nowhere(workshop: Workshop) -> None:
    """The kernel's own words, and which host and route they are about."""
    lab = workshop.written("  one: {networks: {lan: {ipv4_address: 198.18.0.1}}, environment: {GATEWAY: 10.9.9.9}}")
    with pytest.raises(LabError) as caught:
        lab.up()
    assert str(caught.value) == (
        "the lab 'test-netns' could not be wired: host one: default route via 10.9.9.9: "
        "Network is unreachable (Nexthop has invalid gateway)"
    )
    assert traces(lab.state) == []
