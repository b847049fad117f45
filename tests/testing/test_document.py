"""The examples of docs/testing.md, run as they stand there: against an app that has the bug, and against its mended version."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.testing.conftest import failures

pytestmark = pytest.mark.netns
DOCUMENT = (Path(__file__).parents[2] / "docs" / "testing.md").read_text(encoding="utf-8")
APP = "import os\nfrom {0} import make\napp = make(by_address=bool(os.environ.get('BY_ADDRESS')))\n"
FILES = {
    "Flask": {"shop.py": APP.format("their_shop")},
    "FastAPI": {"api.py": APP.format("their_api")},
    "Django": {"tox.ini": "[pytest]\nDJANGO_SETTINGS_MODULE = mysite\npythonpath = .\n"},
}
"""What lies beside the test."""


@pytest.mark.parametrize("framework", FILES)
def test_an_example_finds_the_bug_and_passes_without_it(
    project: Callable[..., pytest.Pytester], framework: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    example = re.search(rf"^### {framework}\n.*?```python\n# test_who_is_who.py\n(.*?)```", DOCUMENT, re.M | re.S)
    assert example
    assert len([line for line in example[1].splitlines() if line]) <= 20
    suite = project("mysite.py", "mysite_urls.py", their_shop="shop.py", their_api="api.py")
    for name, text in (FILES[framework] | {"test_who_is_who.py": example[1]}).items():
        (suite.path / name).write_text(text)
    options = ("-p", "no:anyio", "-p", "no:playwright", *(() if framework == "Django" else ("-p", "no:django")))
    suite.runpytest_subprocess(*options).assert_outcomes(passed=1)
    monkeypatch.setenv("BY_ADDRESS", "1")
    result = suite.runpytest_subprocess(*options)
    result.assert_outcomes(failed=1)
    assert re.search(
        r"^isolation is broken: (alice|bob), logged in as (alice|bob), was taken for (alice|bob) ",
        failures(result),
        re.M,
    )


def test_every_word_of_its_tables_exists() -> None:
    """What the tables name is there: methods of a person, of the lab and of its network, ways to make a subject, options."""
    from cookielab.stage.network import Network
    from cookielab.stage.person import Person
    from cookielab.testing import Lab, Subject, plugin

    tables = "\n".join(line for line in DOCUMENT.splitlines() if line.startswith("| `"))
    for owner, pattern in (
        (Subject, r"Subject\.(\w+)"),
        (Network, r"lab\.network\.(\w+)"),
        (Lab, r"`lab\.(\w+)"),
        (Person, r"`(?:alice)?\.(\w+)\((?:\.\.\.)?\)`"),
    ):
        names = set(re.findall(pattern, tables)) - ({"flush", "table", "reboot"} if owner is Person else set())
        assert names
        for name in names:
            assert hasattr(owner, name), (owner.__name__, name)
    source = Path(plugin.__file__).read_text(encoding="utf-8")
    for option in re.findall(r"--cookielab-[\w-]+", DOCUMENT):
        assert f'"{option}"' in source
