"""Docker that is not there, in all the ways in which it can be: each is told apart, with what to do."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from cookielab.engines import compose
from cookielab.engines.docker import DockerEngine
from cookielab.errors import EngineMissing
from cookielab.topology import composefile
from tests.docker.small import Ground
from tests.labs import ROOT

pytestmark = pytest.mark.docker

ASK = "from cookielab.engines import compose\nfor lack in compose.lacks(): print(f'{lack.what} | {lack.remedy}')"
INSTALL = "install Docker Engine with its Compose plugin, see https://docs.docker.com/engine/install/"
PLUGINS = [
    place
    for place in (
        "/usr/lib/docker/cli-plugins",
        "/usr/libexec/docker/cli-plugins",
        "/usr/local/lib/docker/cli-plugins",
        "/usr/local/libexec/docker/cli-plugins",
    )
    if Path(place).is_dir()
]


def told(environment: Mapping[str, str], *prefix: str) -> list[str]:
    """What a new process with this environment finds missing."""
    values = {**os.environ, "PYTHONPATH": str(ROOT / "src"), **environment}
    argv = (*prefix, sys.executable, "-c", ASK)
    done = subprocess.run(argv, env=values, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_nothing_is_missing_here() -> None:
    assert compose.lacks() == []


def test_docker_is_not_installed(tmp_path: Path) -> None:
    assert told({"PATH": str(tmp_path)}) == [f"docker is not installed | {INSTALL}"]


def test_the_daemon_is_down(tmp_path: Path) -> None:
    where = f"unix://{tmp_path}/docker.sock"
    assert told({"DOCKER_HOST": where}) == [
        f"no Docker daemon answers (Cannot connect to the Docker daemon at {where}. Is the docker daemon running?) "
        f"| DOCKER_HOST is set to {where}: unset it, or start the daemon there"
    ]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become a user who may not talk to Docker")
def test_the_user_may_not_talk_to_the_daemon(tmp_path: Path) -> None:
    """The real command, as nobody; Python itself may lie where nobody can read it."""
    docker = tmp_path / "docker"
    docker.write_text(
        f'#!/bin/sh\nexec setpriv --reuid 65534 --regid 65534 --clear-groups {shutil.which("docker")} "$@"\n'
    )
    docker.chmod(0o755)
    assert told({"PATH": f"{tmp_path}:{os.environ['PATH']}"})[0] == (
        "this user may not talk to the Docker daemon "
        "| join the group that may (sudo usermod -aG docker $USER, then log in again), or run as root"
    )


def without_plugin(path: str, tmp_path: Path) -> list[str]:
    """What is missing where no directory of plugins holds Compose: those of the system are hidden in a mount namespace."""
    hide = "".join(f"mount -t tmpfs none {place} && " for place in PLUGINS)
    new = ("unshare", "--mount") if os.geteuid() == 0 else ("unshare", "--user", "--map-root-user", "--mount")
    environment = {"PATH": path, "HOME": str(tmp_path), "DOCKER_CONFIG": str(tmp_path)}
    return told(environment, *new, "sh", "-c", f'{hide}exec "$@"', "sh")


def docker_alone(folder: Path) -> str:
    """A PATH with everything but a docker-compose."""
    (folder / "bin").mkdir()
    for place in os.environ["PATH"].split(os.pathsep):
        for program in Path(place).glob("*"):
            link = folder / "bin" / program.name
            if program.name != "docker-compose" and not link.is_symlink():
                link.symlink_to(program)
    return str(folder / "bin")


def standalone(folder: Path, version: str) -> Path:
    """A docker-compose outside Docker's plugin directories, as far as its version matters."""
    program = folder / "bin" / "docker-compose"
    program.write_text(f"#!/bin/sh\n[ \"$*\" = 'version --short' ] && echo {version}\n")
    program.chmod(0o755)
    return program


def test_there_is_no_compose_at_all(tmp_path: Path) -> None:
    path = docker_alone(tmp_path)
    assert without_plugin(path, tmp_path) == [f"Docker has no Compose plugin (docker compose) | {INSTALL}"]


def test_only_compose_v1_is_installed(tmp_path: Path) -> None:
    path = docker_alone(tmp_path)
    program = standalone(tmp_path, "1.29.2")
    assert without_plugin(path, tmp_path) == [
        f"only Compose v1 is installed ({program} 1.29.2); the lab needs v2 (docker compose) | {INSTALL}"
    ]


def test_compose_v2_is_installed_but_docker_does_not_know_it(tmp_path: Path) -> None:
    path = docker_alone(tmp_path)
    program = standalone(tmp_path, "v2.26.1")
    assert without_plugin(path, tmp_path) == [
        f"{program} is not known to Docker as a plugin (docker compose) "
        f"| mkdir -p ~/.docker/cli-plugins && ln -s {program} ~/.docker/cli-plugins/docker-compose"
    ]


def test_every_method_says_what_is_missing(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the daemon away, up, down and spawn fail with the same words and start nothing."""
    topology = composefile.load(ground.file(one={"command": ["sleep", "infinity"]}), {})
    where = f"unix://{ground.folder}/docker.sock"
    monkeypatch.setenv("DOCKER_HOST", where)
    engine = DockerEngine(topology, ground.folder)
    for act in (engine.up, engine.down, lambda: engine.spawn("one", ["true"]), engine.states):
        with pytest.raises(EngineMissing) as caught:
            act()
        assert str(caught.value) == (
            "the docker engine cannot run here:\n"
            f"  - no Docker daemon answers (Cannot connect to the Docker daemon at {where}. Is the docker daemon "
            f"running?); DOCKER_HOST is set to {where}: unset it, or start the daemon there"
        )


def test_asking_is_quick() -> None:
    """It is asked before each command: no import of the SDK."""
    assert shutil.which("docker")
    code = f"{ASK}\nimport sys; print('docker' in sys.modules)"
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run((sys.executable, "-c", code), env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
