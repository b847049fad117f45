"""Images are built when something that goes into them has changed, and only then."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from cookielab.engines import compose, images
from cookielab.engines.docker import DockerEngine
from cookielab.engines.process import output
from cookielab.errors import CommandFailed
from cookielab.topology import composefile
from tests.docker.small import IDLE, Ground, docker, left
from tests.labs import ROOT

pytestmark = pytest.mark.docker


@pytest.fixture
def built(ground: Ground) -> Iterator[DockerEngine]:
    """A lab whose image holds one file, `story`."""
    ground.folder.mkdir()
    (ground.folder / "Dockerfile").write_text("FROM cookielab-server\nCOPY story /story\n")
    (ground.folder / "story").write_text("first")
    (ground.folder / "unused").write_text("no part of the image")
    labels = {"org.cookielab.sources": "${LAB_SOURCES:-}"}
    yield ground.lab(
        one={
            **IDLE,
            "image": ground.name,
            "build": {
                "context": ".",
                "dockerfile": "Dockerfile",
                "args": {"BASE_IMAGE": "cookielab-server"},
                "labels": labels,
            },
        }
    )
    for engine in ground.engines:
        engine.down()
    if docker("images", "--quiet", ground.name):
        docker("rmi", ground.name)


def told(engine: DockerEngine) -> str:
    return output(engine.spawn("one", ["cat", "/story"]))


def test_a_change_shows_up_and_nothing_is_built_twice(
    ground: Ground, built: DockerEngine, capfd: pytest.CaptureFixture[str]
) -> None:
    """1. built at first 2. not again 3. not for a file that the image does not hold 4. again for one that it holds."""
    building = f"docker: building {ground.name} on cookielab-server; at first it takes minutes\n"

    def up_and_down() -> tuple[str, bool]:
        built.up()
        text = told(built)
        built.down()
        return text, building in capfd.readouterr().err

    assert up_and_down() == ("first", True)
    assert up_and_down() == ("first", False)
    (ground.folder / "unused").write_text("changed")
    assert up_and_down() == ("first", False)
    (ground.folder / "story").write_text("second")
    before = docker("images", "--quiet", "--no-trunc", ground.name)
    assert up_and_down() == ("second", True)
    assert before[0] not in docker("images", "--all", "--quiet", "--no-trunc"), "the replaced image is gone"


def test_a_build_that_fails(ground: Ground, built: DockerEngine) -> None:
    """The message has the end of the build's output and the usual remedies; nothing is left."""
    (ground.folder / "Dockerfile").write_text(
        "FROM cookielab-server\nCOPY story /story\nRUN echo no space for it >&2; exit 9\n"
    )
    with pytest.raises(CommandFailed) as caught:
        built.up()
    assert caught.value.argv[:2] == ("docker", "compose")
    assert caught.value.argv[-2:] == ("build", "one")
    assert "no space for it" in str(caught.value)
    assert str(caught.value).endswith(images.REMEDY)
    assert left(ground.name) == []


OFFICIAL = "127.0.0.1:1/nowhere:1"
"""A base image that cannot be pulled."""


@pytest.fixture
def local(ground: Ground, built: DockerEngine, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The name of a local base that is not there yet; the lab's file asks for the official one."""
    name = f"{ground.name}-base:1"
    monkeypatch.setattr(images, "LOCAL_BASE", name)
    (ground.folder / "Dockerfile").write_text("ARG BASE_IMAGE\nFROM ${BASE_IMAGE}\nCOPY story /story\n")
    text = built.topology.source.read_text().replace("E: cookielab-server", f"E: ${{LAB_BASE_IMAGE:-{OFFICIAL}}}")
    built.topology.source.write_text(text)
    yield name
    built.down()
    if docker("images", "--quiet", name):
        docker("rmi", "--force", name)


def base_script(ground: Ground, line: str) -> Path:
    """What stands beside the lab's file and is to make the local base."""
    program = ground.folder / "base-image.sh"
    program.write_text(f"#!/bin/sh\n{line}\n")
    program.chmod(0o755)
    return program


def test_a_base_that_cannot_be_pulled_is_made(
    ground: Ground, built: DockerEngine, local: str, capfd: pytest.CaptureFixture[str]
) -> None:
    base_script(ground, f"docker tag cookielab-server {local}")
    built.up()
    assert told(built) == "first"
    said = capfd.readouterr().err
    assert f"docker: {OFFICIAL} cannot be pulled, so {local} is made of Debian's packages\n" in said
    assert f"docker: building {ground.name} on {local}; " in said


@pytest.mark.usefixtures("local")
def test_a_base_that_cannot_be_made_either(
    ground: Ground, built: DockerEngine, capfd: pytest.CaptureFixture[str]
) -> None:
    """The script's own words are on stderr; the message has the remedies, and nothing is left."""
    program = base_script(ground, "echo no debootstrap >&2; exit 4")
    with pytest.raises(CommandFailed) as caught:
        built.up()
    assert str(caught.value) == (f"command failed with exit code 4: {program}\n  its output is above\n{images.REMEDY}")
    assert capfd.readouterr().err.endswith("no debootstrap\n")
    assert left(ground.name) == []


@pytest.mark.usefixtures("_images")
def test_the_real_images_are_recognised_as_up_to_date(capfd: pytest.CaptureFixture[str]) -> None:
    """And each says what it was built on."""
    topology = composefile.load(ROOT / composefile.DEFAULT)
    api = DockerEngine(topology, ROOT / ".lab").api
    images.ensure(api, topology)
    capfd.readouterr()
    assert images.ensure(api, topology)
    assert "building" not in capfd.readouterr().err


def test_copied_names_each_file_of_the_context_once(tmp_path: Path) -> None:
    (tmp_path / "code" / "__pycache__").mkdir(parents=True)
    for name in ("code/a.py", "code/b.py", "code/__pycache__/a.pyc", "one.toml", "two.lock", "other"):
        (tmp_path / name).write_text(name)
    recipe = "FROM x AS base\nCOPY one.toml two.lock ./\n  COPY --chown=lab code /lab/code\nCOPY --from=base /pins /pins\n# COPY other /\n"
    found = [str(path.relative_to(tmp_path)) for path in images.copied(recipe, tmp_path)]
    assert found == ["one.toml", "two.lock", "code/a.py", "code/b.py"]


def test_only_the_stages_that_are_built_count() -> None:
    """1. what they are built from and copy from 2. not the others 3. a target without a name may be any of them."""
    parts = {
        "head": "ARG X\n",
        "base": "FROM x AS base\nCOPY one ./\n",
        "pins": "FROM base AS pins\nCOPY two ./\n",
        "lab": "FROM base AS lab\nRUN --mount=from=pins,source=/a,target=/a true\n",
        "tool": "FROM pins AS tool\nCOPY three ./\n",
    }
    recipe = "".join(parts.values())
    assert images.stages(recipe, ["lab"]) == recipe.removesuffix(parts["tool"])
    assert images.stages(recipe, ["tool", "base"]) == recipe.replace(parts["lab"], "")
    assert images.stages(recipe, ["base"]) == parts["head"] + parts["base"]
    assert images.stages(recipe, ["lab", ""]) == recipe


def test_the_command_is_no_part_of_the_labs_images() -> None:
    """A change of it, or of a scenario, builds nothing anew."""
    topology = composefile.load(ROOT / composefile.DEFAULT)
    found = json.loads(compose.run(topology, "config", "--format", "json"))["services"]
    targets = [body["build"]["target"] for body in found.values() if "build" in body]
    part = images.stages((ROOT / "compose/Dockerfile").read_text(), targets)
    sources = {str(path.relative_to(ROOT)) for path in images.copied(part, ROOT)}
    assert {"server/app.py", "sessiontable/src/sessiontable/logic/core.py", "uv.lock"} <= sources
    assert not {source for source in sources if source.startswith(("scenarios/", "src/cookielab/engines/"))}


def test_the_real_dockerfile_is_understood() -> None:
    """Every COPY of it is a plain line whose sources exist: nothing that goes into an image escapes the fingerprint."""
    recipe = (ROOT / "compose/Dockerfile").read_text()
    sources = {str(path.relative_to(ROOT)) for path in images.copied(recipe, ROOT)}
    assert {"uv.lock", "compose/join.sh", "server/app.py", "clients/agent.py", "nat/gateway.py"} <= sources
    assert "ADD " not in recipe
    assert not [
        line for line in recipe.splitlines() if line.strip().startswith("COPY") and line.rstrip().endswith("\\")
    ]
