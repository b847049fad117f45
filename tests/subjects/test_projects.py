"""A Compose project as people have it: found by its usual names, with its override, and afterwards as it was."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cookielab.engines.docker_project import OVERRIDE, SUBJECT, Before, Project
from cookielab.errors import LabError, UsageError
from cookielab.subjects import reading, services
from tests.labs import need_images

pytestmark = [pytest.mark.docker, pytest.mark.timeout(300)]

IMAGE = "cookielab-server"
SLEEPS = f"{{image: {IMAGE}, entrypoint: [], command: sleep infinity, init: true, stop_grace_period: 0s"


@pytest.fixture(scope="module", autouse=True)
def _images() -> None:
    need_images()


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / f"shop{os.getpid()}"
    place.mkdir()
    yield place
    for file in place.glob("*.y*ml"):
        argv = ["docker", "compose", "--file", str(file), "--profile", "*", "down", "--timeout", "0", "--volumes"]
        subprocess.run(argv, capture_output=True, check=False)
    subprocess.run(["docker", "image", "rm", f"{place.name}-web"], capture_output=True, check=False)


def compose(folder: Path, *words: str) -> str:
    """As the user calls it, in the folder of the project."""
    argv = ["docker", "compose", *words]
    return subprocess.run(argv, cwd=folder, capture_output=True, text=True, check=True).stdout


def docker(*words: str) -> str:
    return subprocess.run(["docker", *words], capture_output=True, text=True, check=True).stdout


def all_of_it(folder: Path) -> tuple[list[tuple[str, str, str]], set[str]]:
    """Each container of the project with its state and what it was made from, and its volumes."""
    mine = f"label=com.docker.compose.project={folder.name}"
    idents = docker("ps", "--all", "--quiet", "--filter", mine).split()
    found = json.loads(docker("inspect", *idents)) if idents else []
    rows = [
        (each["Name"], each["State"]["Running"], each["Image"], each["Config"]["Env"], sorted(each["NetworkSettings"]["Networks"]))
        for each in found
    ]  # fmt: skip
    return sorted((name, str(running), f"{rest}") for name, running, *rest in rows), set(
        docker("volume", "ls", "--quiet", "--filter", mine).split()
    )


def used(folder: Path, file: str = "compose.yaml", meanwhile: str = "true") -> str:
    """The service web is started as for a check, and put back; what a command in it says meanwhile."""
    project = Project(folder / file)
    before = project.before("web")
    try:
        project.build("web")
        ident = project.up("web")
        return docker("exec", ident, "sh", "-c", meanwhile)
    finally:
        project.leave("web", before)


def test_what_was_not_there_is_gone(folder: Path) -> None:
    """Containers, one that has done its work among them, and the volumes that came with them, named and not."""
    before = set(docker("volume", "ls", "--quiet").split())
    (folder / "compose.yaml").write_text(
        f"services:\n  web: {SLEEPS}, volumes: ['kept:/kept', /more], depends_on: {{once: {{condition: service_completed_successfully}}}}}}\n"
        f"  once: {{image: {IMAGE}, entrypoint: [], command: 'true'}}\nvolumes: {{kept: }}\n"
    )
    used(folder)
    assert all_of_it(folder) == ([], set())
    assert set(docker("volume", "ls", "--quiet").split()) <= before


def test_what_stood_stands_and_what_ran_runs(folder: Path) -> None:
    """A database that was stopped keeps its container and what is in it; so does one that runs, with a volume."""
    (folder / "compose.yaml").write_text(
        f"services:\n  web: {SLEEPS}, depends_on: [db, queue]}}\n  db: {SLEEPS}}}\n  queue: {SLEEPS}, volumes: ['kept:/kept']}}\n"
        "volumes: {kept: }\n"
    )
    compose(folder, "up", "--detach", "db", "queue")
    compose(folder, "exec", "db", "sh", "-c", "echo mine > /tmp/mine")
    compose(folder, "stop", "db")
    before = all_of_it(folder)
    used(folder)
    assert all_of_it(folder) == before
    compose(folder, "start", "db")
    assert compose(folder, "exec", "db", "cat", "/tmp/mine") == "mine\n"


def test_an_override_is_in_force_and_stays_so(folder: Path) -> None:
    """Beside a file of a usual name, whichever; the service that runs on has what it had."""
    (folder / "docker-compose.yml").write_text(f"services:\n  web: {SLEEPS}, environment: {{WHO: base}}}}\n")
    (folder / "docker-compose.override.yml").write_text("services:\n  web: {environment: {WHO: override}}\n")
    compose(folder, "up", "--detach")
    before = all_of_it(folder)
    assert used(folder, meanwhile="echo $WHO") == "override\n"
    assert all_of_it(folder) == before


def test_files_that_it_was_started_with(folder: Path) -> None:
    """`docker compose -f a -f b up`: both count while it is checked, and afterwards."""
    (folder / "compose.yaml").write_text(f"services:\n  web: {SLEEPS}, environment: {{WHO: base}}}}\n")
    (folder / "more.yaml").write_text("services:\n  web: {environment: {WHO: more}}\n")
    compose(folder, "--file", "compose.yaml", "--file", "more.yaml", "up", "--detach")
    before = all_of_it(folder)
    assert used(folder, meanwhile="echo $WHO") == "more\n"
    assert all_of_it(folder) == before


def put_over(folder: Path, before: Before) -> Path:
    """What the lab puts over the user's file, but for the leg."""
    place = folder.parent / OVERRIDE
    place.write_text(json.dumps({"services": {"web": {"labels": {SUBJECT: before.text}}}}))
    return place


def test_what_a_killed_command_has_left(folder: Path) -> None:
    """Whoever comes next puts back what there was before it."""
    (folder / "compose.yaml").write_text(
        f"services:\n  web: {SLEEPS}, depends_on: [db, queue]}}\n  db: {SLEEPS}, volumes: ['kept:/kept']}}\n  queue: {SLEEPS}}}\n"
        "volumes: {kept: }\n"
    )
    compose(folder, "up", "--detach", "queue")
    before, project = all_of_it(folder), Project(folder / "compose.yaml")
    project.up("web", put_over(folder, project.before("web")))
    assert used(folder, meanwhile="echo there") == "there\n"
    assert all_of_it(folder) == before


LEAVES = """
import sys
from pathlib import Path
from cookielab import interrupts
from cookielab.engines.docker_project import OVERRIDE, SUBJECT, Before, Project
interrupts.listen()
project = Project(Path(sys.argv[1]))
before = project.before("web")
project.up("web", Path(sys.argv[2]))
try:
    with interrupts.shielded():
        print("leaving", flush=True)
        project.leave("web", before)
except KeyboardInterrupt:
    print("left")
"""


def words_of_children(pid: int) -> str:
    """The command lines of what a process has started."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return " ".join(Path(f"/proc/{child}/cmdline").read_text().replace("\0", " ") for child in children)


def until(holds: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_ctrl_c_ends_no_putting_back(folder: Path) -> None:
    """It reaches all programs of the terminal; Docker Compose is none of those."""
    (folder / "compose.yaml").write_text(
        f"services:\n  web: {SLEEPS.replace(': 0s', ': 1s').replace('true', 'false')}}}\n"
    )
    compose(folder, "up", "--detach")
    before, file = all_of_it(folder), folder / "compose.yaml"
    over = put_over(folder, Project(file).before("web"))
    argv = [sys.executable, "-c", LEAVES, str(file), str(over)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, start_new_session=True) as leaving:
        assert leaving.stdout is not None
        assert leaving.stdout.readline() == "leaving\n"
        until(lambda: "--no-deps" in words_of_children(leaving.pid))
        os.killpg(leaving.pid, signal.SIGINT)
        assert leaving.stdout.read() == "left\n"
    assert all_of_it(folder) == before


def test_what_stands_in_the_folder_is_built(folder: Path) -> None:
    """1. who has mended the code is shown the mended code 2. the image that was there is there again, and no other."""
    (folder / "Dockerfile").write_text(f'FROM {IMAGE}\nCOPY said /said\nENTRYPOINT []\nCMD ["sleep", "infinity"]\n')
    mine = ("images", "--quiet", "--all", "--filter", f"label=com.docker.compose.project={folder.name}")
    (folder / "compose.yaml").write_text("services:\n  web: {build: ., init: true, stop_grace_period: 0s}\n")
    (folder / "said").write_text("old")
    compose(folder, "up", "--detach")
    before, images = all_of_it(folder), docker(*mine)
    (folder / "said").write_text("new")
    assert used(folder, meanwhile="cat /said") == "new"
    assert all_of_it(folder) == before
    assert docker(*mine) == images != ""


def test_a_service_of_a_profile(folder: Path) -> None:
    """It does not start by itself; who names it means it."""
    (folder / "compose.yaml").write_text(f"services:\n  web: {SLEEPS}, profiles: [site], scale: 2}}\n")
    assert used(folder, meanwhile="echo there") == "there\n"
    assert all_of_it(folder) == ([], set())


PORTS = {
    "one": "  web: {image: x, ports: ['8080:80', '53:53/udp']}\n  db: {image: x}\n",
    "shown": "  web: {image: x, expose: ['8000']}\n  db: {image: x}\n",
    "two": "  web: {image: x, ports: [80]}\n  admin: {image: x, ports: [81]}\n",
    "none": "  web: {image: x}\n  db: {image: x}\n",
}


@pytest.mark.parametrize(
    ("name", "text", "meant"),
    [
        ("one", "compose.yaml", {"file": "compose.yaml", "service": "web", "port": 80}),
        ("one", ".", {"file": "./compose.yaml", "service": "web", "port": 80}),
        ("one", "web", {"service": "web", "port": 80}),
        ("shown", "compose.yaml", {"file": "compose.yaml", "service": "web", "port": 8000}),
        ("two", "compose.yaml:admin", {"file": "compose.yaml", "service": "admin", "port": 81}),
    ],
)
def test_which_service_is_meant(folder: Path, name: str, text: str, meant: dict[str, object]) -> None:
    (folder / "compose.yaml").write_text(f"services:\n{PORTS[name]}")
    assert services.named(text, folder) == meant


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("two", "compose.yaml", "--compose 'compose.yaml': it may be admin:81 or web:80; say which, as in --compose admin:81"),
        (
            "none", "compose.yaml",
            "--compose 'compose.yaml': none of its services (db, web) publishes a port, so nothing says where people come in; "
            "write SERVICE:PORT, or FILE:SERVICE:PORT; the port is that in the container",
        ),
        (
            "none", "db",
            "--compose 'db': its service db publishes no port, so nothing says where people come in; "
            "write SERVICE:PORT, or FILE:SERVICE:PORT; the port is that in the container",
        ),
        ("one", "wep", "unknown service in compose.yaml: 'wep'. Did you mean 'web'? There are: db, web"),
    ],
)  # fmt: skip
def test_what_decides_nothing(folder: Path, name: str, text: str, said: str) -> None:
    (folder / "compose.yaml").write_text(f"services:\n{PORTS[name]}")
    with pytest.raises(UsageError) as told:
        services.named(text, folder)
    assert str(told.value) == said


def test_a_file_elsewhere_is_written_down(tmp_path: Path) -> None:
    """What was given as an option stands in the profile that is found out."""
    from cookielab.subjects.finding.draft import given_by

    profile = reading.from_options(compose="deploy/dev.yaml:web:80")
    assert given_by(profile) == {"compose": {"file": "deploy/dev.yaml", "service": "web", "port": 80}}


def test_a_port_that_is_taken(folder: Path) -> None:
    """It is said, and nothing stays."""
    import socket

    with socket.create_server(("0.0.0.0", 0)) as other:
        port = other.getsockname()[1]
        (folder / "compose.yaml").write_text(f"services:\n  web: {SLEEPS}, ports: ['{port}:80']}}\n")
        with pytest.raises(LabError) as told:
            used(folder)
    assert "address already in use" in str(told.value)
    assert str(told.value).endswith(f"free the port, or publish another in {folder / 'compose.yaml'}")
    assert all_of_it(folder) == ([], set())
