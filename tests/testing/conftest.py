"""A test suite of somebody's, in a folder of its own, that uses the plugin: run in this process or in another."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import cookielab.testing.running  # noqa: F401 - a run inside this process forgets all modules that it was the first to import
from tests.labs import need

PROJECTS = Path(__file__).parent / "projects"


@pytest.fixture
def project(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., pytest.Pytester]:
    """Puts files of `projects` into the folder; `to` gives some of them other names."""
    need("netns")
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2] / "src"))
    monkeypatch.setenv(
        "HOME", str(tmp_path_factory.mktemp("home"))
    )  # pytester's is the folder itself, which is no server's
    for name in ("LAB_NAME", "ENGINE", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)

    def put(*names: str, **to: str) -> pytest.Pytester:
        for name in names:
            shutil.copy(PROJECTS / name, pytester.path / name)
        for name, source in to.items():
            shutil.copy(PROJECTS / source, pytester.path / f"{name}.py")
        return pytester

    return put


@pytest.fixture
def shop(project: Callable[..., pytest.Pytester]) -> pytest.Pytester:
    """The Flask app, in both versions; the mended one is tested where nothing else is said."""
    return project("shop.py", conftest="flask_conftest.py")


def failures(result: pytest.RunResult) -> str:
    """What a run prints of its failures."""
    return result.stdout.str().partition("= FAILURES =")[2].partition("= warnings summary")[0]


def story(told: str) -> list[str]:
    """The lab's story of the first failure, to the line that says where the evidence is."""
    text = re.search(r"Captured cookielab call -+\n(.*?^evidence  \S+)$", told, re.MULTILINE | re.DOTALL)
    assert text, told
    return text[1].splitlines()
