"""The plugin on Docker: an app object behind the relay, a service of a Compose file, an image. Nothing of it stays."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docker.small import docker
from tests.labs import need_images, until
from tests.subjects.small import SERVERS
from tests.testing.conftest import failures

pytestmark = [pytest.mark.docker, pytest.mark.timeout(300)]

DOCKER = os.environ.get("DOCKER_CONFIG") or str(Path.home() / ".docker")
"""Where Docker's plugins may be; a suite of pytester's has another home."""
QUIET = ("-p", "no:anyio", "-p", "no:django", "-p", "no:playwright")
ON_DOCKER = (*QUIET, "--cookielab-engine", "docker")
USE = "def test_who_is_who(lab, alice, bob):\n    alice.login()\n    bob.login()\n    lab.together(alice.whoami, bob.whoami)\n"
HOW = """
    users={"alice": {}, "bob": {}},
    login={"json": {"post": "/login", "body": {"user": "{username}"}}},
    me={"get": "/whoami", "json": "user"},
"""
SERVICE = f"""
name: shop{os.getpid()}
services:
  web:
    image: cookielab-server
    entrypoint: []
    command: python /app/servers.py %s 8000
    volumes: ["./:/app:ro"]
"""


@pytest.fixture(scope="module", autouse=True)
def _images() -> None:
    need_images()


@pytest.fixture(autouse=True)
def _docker_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_CONFIG", DOCKER)


def left(process: int) -> list[str]:
    """Containers and networks of the labs of a test process."""
    mine = ("--filter", f"name=test-{process}-", "--format", "{{.Names}}")
    return [*docker("ps", "--all", *mine), *docker("network", "ls", *mine[:2], "--format", "{{.Name}}")]


def subject(shop: pytest.Pytester, said: str) -> None:
    shop.makeconftest(
        "import pytest\nfrom cookielab.testing import Subject\n\n"
        f"@pytest.fixture(scope='session')\ndef cookielab_subject():\n    return {said}\n"
    )


def test_an_app_object_behind_the_relay(shop: pytest.Pytester) -> None:
    """The bug is found, the mended version holds, monkeypatches count, and each public address is one of its own."""
    shop.makepyfile(
        USE
        + """
def test_addresses(lab, alice, dave, cookielab_subject):
    del cookielab_subject.what.config["seen"][:]
    alice.login()
    dave.login()
    assert len({address for address, port in cookielab_subject.what.config["seen"]}) == 2
    assert {address.partition(".")[0] for address, port in cookielab_subject.what.config["seen"]} == {"127"}

def test_monkeypatch(lab, alice, monkeypatch):
    import shop
    monkeypatch.setitem(shop.PASSWORDS, "alice", "another")
    assert alice.login().status == 403

class TestBuggy:
    import pytest

    @pytest.fixture
    def cookielab_subject(self, buggy):
        return buggy

    def test_who_is_who(self, lab, alice, bob):
        alice.login()
        bob.login()
        alice.whoami()
"""
    )
    result = shop.runpytest_subprocess(*ON_DOCKER)
    result.assert_outcomes(passed=2, failed=2)
    told = failures(result)
    assert "this test decides nothing: alice could not log in: status 403" in told
    assert "isolation is broken: alice, logged in as alice, was taken for bob" in told


@pytest.mark.parametrize(("server", "holds"), [("x_ok_plain", True), ("x_bad_by_endpoint_302", False)])
def test_a_service_of_a_compose_file(shop: pytest.Pytester, server: str, holds: bool) -> None:
    """Without an engine asked for it is Docker; afterwards the project is as it was: not up."""
    (shop.path / "servers.py").write_bytes(SERVERS.read_bytes())
    (shop.path / "compose.yaml").write_text(SERVICE % server)
    subject(shop, f"Subject.compose('compose.yaml', service='web', port=8000, {HOW})")
    shop.makepyfile(USE + "    alice.new_connection()\n    alice.whoami()\n")
    shop.path.chmod(0o755)  # the server in the container is somebody else
    result = shop.runpytest_subprocess(*QUIET)
    result.assert_outcomes(passed=int(holds), failed=int(not holds))
    argv = ("docker", "compose", "--file", str(shop.path / "compose.yaml"), "ps", "--all", "--quiet")
    assert subprocess.run(argv, capture_output=True, text=True, check=True).stdout == ""


def test_a_service_that_ends_at_once(shop: pytest.Pytester) -> None:
    """It is gone before anybody looks; each test says so."""
    (shop.path / "compose.yaml").write_text(SERVICE.replace("python /app/servers.py %s 8000", "'false'"))
    subject(shop, f"Subject.compose('compose.yaml', service='web', port=8000, {HOW})")
    shop.makepyfile(USE)
    result = shop.runpytest_subprocess(*QUIET)
    result.assert_outcomes(errors=1)
    assert "\nthe server web did not start: it ended with exit code 1\n" in result.stdout.str()


def test_an_image(shop: pytest.Pytester) -> None:
    image = f"cookielab-test-{os.getpid()}"
    dockerfile = (
        "FROM cookielab-server\nCOPY servers.py /app/\nENTRYPOINT []\nCMD python /app/servers.py x_ok_plain 8000\n"
    )
    (shop.path / "servers.py").write_bytes(SERVERS.read_bytes())
    (shop.path / "Dockerfile").write_text(dockerfile)
    subprocess.run(("docker", "build", "--quiet", "--tag", image, shop.path), check=True, capture_output=True)
    subject(shop, f"Subject.image({image!r}, port=8000, {HOW})")
    shop.makepyfile(USE)
    try:
        shop.runpytest_subprocess(*QUIET).assert_outcomes(passed=1)
    finally:
        subprocess.run(("docker", "image", "rm", image), check=True, capture_output=True)


def test_what_a_suite_leaves_that_is_ended_by_sigterm_the_next_one_removes(shop: pytest.Pytester) -> None:
    """SIGTERM ends Python at once; the next suite says what it removes, and leaves nothing of its own."""
    shop.makepyfile(
        test_long="import pathlib, time\n\ndef test_it(lab, alice):\n    alice.login()\n"
        "    pathlib.Path('inside').touch()\n    time.sleep(600)\n",
        test_short=USE,
    )
    first = started(shop.path, "test_long.py")
    try:
        until((shop.path / "inside").exists, "the test is at its middle", 120)
        assert left(first.pid)
        first.send_signal(signal.SIGTERM)
        first.wait(60)
    finally:
        first.kill()
        first.communicate()
    second = started(shop.path, "test_short.py")
    told, _ = second.communicate(timeout=200)
    assert second.returncode == 0, told
    assert left(first.pid) == []
    assert left(second.pid) == []
    assert list((shop.path / ".lab" / "labs").iterdir()) == []


def started(folder: Path, file: str) -> subprocess.Popen[str]:
    argv = (sys.executable, "-m", "pytest", *ON_DOCKER, file)
    return subprocess.Popen(argv, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
