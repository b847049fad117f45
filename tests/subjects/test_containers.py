"""The kinds `compose` and `image`: a service of the user's own project, and an image behind walls, on a real Docker."""

import json
import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from cookielab import places
from cookielab.engines import docker_guests
from cookielab.engines.base import Engine
from cookielab.errors import DeadlineExceeded, LabError, ProcessDied, UsageError
from cookielab.stage.agents import Agents
from cookielab.subjects import reading
from cookielab.subjects.guest import Guest
from cookielab.subjects.kinds import Brought
from scenarios import SCENARIOS
from tests.subjects import small

pytestmark = [
    pytest.mark.docker,
    pytest.mark.parametrize("engine_name", ["docker"], indirect=True, scope="session"),
    pytest.mark.timeout(300),
]

PEOPLE = """
users: {alice: {}, bob: {}}
login: {json: {post: /login, body: {user: "{username}"}}}
me: {get: /whoami, json: user}
note: {write: {put: /note, json: {note: "{canary}"}}, read: {get: /note, json: note}}
logout: {post: /logout, json: {}}
"""
SERVICE = """
services:
  web:
    image: cookielab-server
    entrypoint: []
    command: %s
    volumes: ["./:/app:ro"]
    depends_on: [db]
  db:
    image: cookielab-server
    entrypoint: []
    command: sleep infinity
    init: true
"""
COMPOSE = "compose: {file: compose.yaml, service: web, port: 8000}\n"
CHOSEN = [scenario for scenario in SCENARIOS if scenario.id in ("nat", "roam", "restart", "foreign-cookie")]


@pytest.fixture
def people(lab: Engine) -> Iterator[Agents]:
    with Agents(lab) as agents:
        yield agents


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Path]:
    """A folder of the user's with a server, and with a Compose file where a test writes one. It is taken down at the end."""
    folder = tmp_path / f"shop{os.getpid()}"  # its name is the project's: another worker's is another
    folder.mkdir()
    (folder / "servers.py").write_bytes(small.SERVERS.read_bytes())
    yield folder
    if (folder / "compose.yaml").is_file():
        argv = ["docker", "compose", "--file", str(folder / "compose.yaml"), "down", "--timeout", "1"]
        subprocess.run(argv, capture_output=True, check=False)  # a test may have written what Compose cannot read


def compose(folder: Path, *words: str) -> str:
    argv = ["docker", "compose", "--file", str(folder / "compose.yaml"), *words]
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout


def brought(folder: Path, profile: str, log: Path | None = None) -> Brought:
    path = folder / "mine.yaml"
    path.write_text(profile)
    return Brought("mine", reading.load(path, {}), folder, log=log)


def networks(folder: Path, service: str) -> list[str]:
    ident = compose(folder, "ps", "--quiet", service).strip()
    found = subprocess.run(["docker", "inspect", ident], capture_output=True, text=True, check=True).stdout
    return sorted(json.loads(found)[0]["NetworkSettings"]["Networks"])


@pytest.mark.parametrize(("server", "verdict"), [("x_ok_plain", "holds"), ("x_bad_by_endpoint_302", "broken")])
def test_a_service(people: Agents, project: Path, tmp_path: Path, server: str, verdict: str) -> None:
    """What did not run before is gone afterwards, and the user's folder is as it was."""
    (project / "compose.yaml").write_text(SERVICE % f"python /app/servers.py {server} 8000")
    outcome = small.check(people, brought(project, COMPOSE + PEOPLE), tmp_path / "check", CHOSEN)
    assert outcome.verdict == verdict, outcome.told()
    assert compose(project, "ps", "--all", "--quiet") == ""
    assert sorted(path.name for path in project.iterdir()) == ["compose.yaml", "mine.yaml", "servers.py"]
    assert not list((tmp_path / "check").glob("*override*"))


def test_a_project_that_runs_already(people: Agents, project: Path, tmp_path: Path) -> None:
    """The database is the same container all the time; the service runs on as its file says, without a leg in the lab."""
    (project / "compose.yaml").write_text(SERVICE % "python /app/servers.py x_ok_plain 8000")
    compose(project, "up", "--detach")
    database, before = compose(project, "ps", "--quiet", "db"), networks(project, "web")
    subject = brought(project, COMPOSE + PEOPLE, tmp_path / "server.log")
    place = subject.open(people.engine)
    assert place is not None
    try:
        assert len(networks(project, "web")) == 2
        assert compose(project, "ps", "--quiet", "db") == database
        assert isinstance(place.server, Guest)
        guests = docker_guests.of(people.engine, "compose")
        code, said = guests.execute(
            place.server.container, "python -c 'import socket; socket.create_connection((\"db\", 1), 5)'"
        )
        assert code == 1
        assert "ConnectionRefusedError" in said  # it reaches its database's host, where nothing listens
    finally:
        subject.close()
    assert compose(project, "ps", "--quiet", "db") == database
    assert networks(project, "web") == before
    assert compose(project, "ps", "--services", "--status", "running").split() == ["db", "web"]


def test_evidence_is_hidden_from_a_service(
    people: Agents, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It mounts the folder of the project, in which evidence lies; there it finds an empty place."""
    monkeypatch.chdir(project)
    (places.home() / "runs").mkdir()
    (project / "compose.yaml").write_text(SERVICE % "python /app/servers.py x_ok_plain 8000")
    subject = brought(project, COMPOSE + PEOPLE, tmp_path / "server.log")
    place = subject.open(people.engine)
    assert place is not None
    try:
        assert isinstance(place.server, Guest)
        guests = docker_guests.of(people.engine, "compose")
        assert guests.execute(place.server.container, "ls -A /app/.lab") == (0, "")
        assert "servers.py" in guests.execute(place.server.container, "ls /app")[1]
    finally:
        subject.close()


def test_an_image(people: Agents, project: Path, tmp_path: Path) -> None:
    """A command in an image, with a copy of the folder."""
    profile = "image: {name: cookielab-server, port: 9000}\nrun: python servers.py x_ok_plain {port}\n" + PEOPLE
    outcome = small.check(people, brought(project, profile), tmp_path / "check", CHOSEN)
    assert outcome.verdict == "holds", outcome.told()
    assert sorted(path.name for path in project.iterdir()) == ["mine.yaml", "servers.py"]


REACH = """
import socket, sys
for target in sys.argv[1:]:
    host, port = target.rsplit(":", 1)
    try:
        socket.create_connection((host, int(port)), 2).close()
        print(target, "is open")
    except OSError as error:
        print(target, "is closed")
"""


def test_an_image_reaches_nothing(people: Agents, project: Path, tmp_path: Path) -> None:
    """Neither this machine over its address on the lab's network nor what lies behind it; the same from here is open."""
    (project / "reach.py").write_text(REACH)
    profile = "image: {name: cookielab-server, port: 9000}\nrun: python servers.py x_ok_plain {port}\n" + PEOPLE
    subject = brought(project, profile, tmp_path / "server.log")
    place = subject.open(people.engine)
    assert place is not None
    try:
        guests = docker_guests.of(people.engine, "image")
        machine = str(people.engine.topology.networks["public"].subnet[1])
        assert isinstance(place.server, Guest)
        with socket.create_server(("0.0.0.0", 0)) as mine:
            port = mine.getsockname()[1]
            socket.create_connection((machine, port), 2).close()
            code, said = guests.execute(
                place.server.container, f"python reach.py {machine}:{port} 172.17.0.1:{port} 127.0.0.1:9000"
            )
        assert (code, said.splitlines()) == (
            0,
            [f"{machine}:{port} is closed", f"172.17.0.1:{port} is closed", "127.0.0.1:9000 is open"],
        )
    finally:
        subject.close()


@pytest.mark.parametrize(
    ("service", "case"),
    [
        (
            "python -m http.server 3000", (COMPOSE + "ready: {seconds: 3}\n", DeadlineExceeded,
            "the server web did not start: nothing listens on port 8000 after 3 s; it listens on 3000; name the port inside the "
            "container, or give it longer with ready: {path, seconds} in the profile\nits last output:"),
        ),
        (
            "python -m http.server --bind 127.0.0.1 8000", (COMPOSE + "ready: {seconds: 3}\n", DeadlineExceeded,
            "the server web did not start: it listens on port 8000 of 127.0.0.1 alone, where only the container itself reaches "
            "it; let it listen on 0.0.0.0"),
        ),
        (
            "python -c 'import sys; sys.exit(\"no database\")'", (COMPOSE, ProcessDied,
            "the server web did not start: it ended with exit code 1\nits last output:\n  no database"),
        ),
        (
            "sleep 1", (COMPOSE.replace("service: web", "service: wep"), UsageError,
            "unknown service in compose.yaml: 'wep'. Did you mean 'web'? There are: db, web"),
        ),
        (
            "sleep 1\n    network_mode: host", (COMPOSE, UsageError,
            "compose: the service web has network_mode: host, so it cannot join the lab's network; "
            "give it a network of its own for the test, or start it and check its address with `url:`"),
        ),
        ("sleep 1\n    bad: key", (COMPOSE, UsageError, "compose: Docker Compose cannot read ")),
        ("sleep 1", (COMPOSE.replace("compose.yaml", "other.yaml"), UsageError, "compose: there is no file ")),
        ("sleep 1", ("image: cookielab-none\n", LabError, "the image cookielab-none is not on this machine and cannot be pulled: ")),
        (
            "sleep 1", ("image: cookielab-server\n", UsageError,
            "image: cookielab-server exposes no port; say which one is meant, as in image: {name: cookielab-server, port: 8000}"),
        ),
        (
            "sleep 1", ("image: {name: cookielab-server, port: 1}\nrun: nothing-of-this-name\n", LabError,
            "the image cookielab-server cannot be started: "),
        ),
    ],
    ids=["port", "loopback", "dies", "service", "mode", "file", "absent", "image", "exposes", "command"],
)  # fmt: skip
def test_what_goes_wrong(
    people: Agents, project: Path, tmp_path: Path, service: str, case: tuple[str, type[LabError], str]
) -> None:
    """It is told with its remedy, and nothing of it stays."""
    profile, error, text = case
    (project / "compose.yaml").write_text(SERVICE % service)
    with pytest.raises(error) as caught:
        brought(project, profile + PEOPLE, tmp_path / "server.log").open(people.engine)
    assert str(caught.value).startswith(text), str(caught.value)
    if "bad: key" not in service:
        assert compose(project, "ps", "--all", "--quiet") == ""
    left = ["docker", "ps", "--all", "--quiet", "--filter", f"name={people.engine.topology.name}-subject"]
    assert subprocess.run(left, capture_output=True, text=True, check=True).stdout == ""
