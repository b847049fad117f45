"""The command in a container of its own, for people without Python: it drives the Docker that it runs on."""

import subprocess
from pathlib import Path

import pytest

from cookielab.engines import compose, images
from cookielab.engines.docker import DockerEngine
from tests.labs import ROOT, need, topology, variables

pytestmark = [pytest.mark.docker, pytest.mark.timeout(900)]
USER = 23456
LET = [word for part in "seccomp apparmor systempaths".split() for word in ("--security-opt", f"{part}=unconfined")]
RUN = ("run", "cycle", "--handler", "session_table", "--capture", "off")


@pytest.fixture(scope="module")
def environment() -> dict[str, str]:
    """The image `cookielab`, and those of the lab, are there; what a lab of its own is called."""
    need("docker")
    lab = topology(5)
    base = images.ensure(DockerEngine(lab, ROOT / ".lab").api, lab)
    environment = compose.environment(lab, variables(5) | ({"LAB_BASE_IMAGE": base} if base else {}))
    file = str(ROOT / "compose" / "tool.yaml")
    subprocess.run(("docker", "compose", "-f", file, "build", "--quiet"), env=environment, check=True)
    return environment


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder that a container's user may write in."""
    tmp_path.chmod(0o777)
    return tmp_path


def said(words: list[str], environment: dict[str, str], place: Path) -> str:
    done = subprocess.run(
        words, cwd=place, env=environment | {"PWD": str(place)}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "session_table    HOLDS    as expected" in done.stdout
    return done.stdout


def test_on_the_machines_docker(environment: dict[str, str], place: Path) -> None:
    """Called as the documents say; the evidence lies in the folder, and nothing of the lab is left."""
    file = str(ROOT / "compose" / "tool.yaml")
    told = said(
        ["docker", "compose", "-f", file, "run", "--rm", "cookielab", *RUN], environment | {"ENGINE": "docker"}, place
    )
    assert "engine docker: asked for with ENGINE=docker" in told
    assert list(place.glob(".lab/runs/*/cycle/session_table/history.jsonl"))
    label = f"label=com.docker.compose.project={environment['LAB_NAME']}"
    left = subprocess.run(
        ("docker", "ps", "--all", "--quiet", "--filter", label), capture_output=True, text=True, check=True
    )
    assert left.stdout == ""


@pytest.mark.parametrize("user", [0, USER])
def test_in_namespaces_of_its_own(environment: dict[str, str], place: Path, user: int) -> None:
    """Without the machine's Docker, and without any capability, once the container may make namespaces."""
    mount = ["--volume", f"{place}:/work", "--user", str(user), "--env", "ENGINE=netns"]
    told = said(["docker", "run", "--rm", *mount, *LET, "cookielab", *RUN], environment, place)
    assert "engine netns: asked for with ENGINE=netns" in told
    (history,) = place.glob(".lab/runs/*/cycle/session_table/history.jsonl")
    assert history.stat().st_uid == user


def test_a_container_with_dockers_usual_settings_says_what_to_allow(environment: dict[str, str]) -> None:
    words = ["docker", "run", "--rm", "--env", "ENGINE=netns", "cookielab", *RUN]
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 3
    assert f"in a container allow them: docker run {' '.join(LET)}" in done.stderr, done.stderr
