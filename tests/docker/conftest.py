"""What only the docker engine has. Each test has a name and a range of its own; nothing of it stays."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docker.small import Ground, free_range, left
from tests.labs import need, need_images


@pytest.fixture(scope="session", autouse=True)
def _docker_answers() -> None:
    need("docker")


@pytest.fixture(scope="session")
def _images() -> None:
    """The images of the real lab are there and up to date."""
    need_images()


@pytest.fixture
def ground(tmp_path: Path, _images: None) -> Iterator[Ground]:
    place = Ground(tmp_path / "here", f"cookielab-test-{os.getpid()}", free_range("198.18"))
    yield place
    for engine in place.engines:
        engine.down()
    assert left(place.name) == []
