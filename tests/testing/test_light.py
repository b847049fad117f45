"""The plugin is loaded in every pytest of whoever has it installed: it must not be noticed there."""

import subprocess
import sys
from pathlib import Path

import pytest

SHOWS = """
import sys

def test_nothing():
    own = sorted(name for name in sys.modules if name.partition(".")[0] == "cookielab")
    foreign = sorted({"msgspec", "yaml", "rich", "requests", "docker", "h11", "uvicorn", "selectolax"} & set(sys.modules))
    assert (own, foreign) == (["cookielab", "cookielab.testing", "cookielab.testing.plugin", "cookielab.testing.subject"], [])
"""
QUIET = "anyio django playwright hypothesispytest Faker cov xdist".split()


def test_a_suite_that_does_not_use_it_loads_nothing_of_the_lab(pytester: pytest.Pytester) -> None:
    """Nor does one that only declares its subject."""
    pytester.makeconftest(
        "import pytest\nfrom cookielab.testing import Subject\n\n@pytest.fixture(scope='session')\n"
        "def cookielab_subject():\n    return Subject.run('serve {port}')\n"
    )
    pytester.makepyfile(SHOWS)
    options = [word for name in QUIET for word in ("-p", f"no:{name}")]
    pytester.runpytest_subprocess(*options).assert_outcomes(passed=1)


def test_it_imports_the_standard_library_and_pytest_alone() -> None:
    """In an interpreter that has nothing else."""
    code = (
        "import sys; sys.path[:0] = ['src']; before = set(sys.modules); import cookielab.testing.plugin; "
        "new = {name.partition('.')[0] for name in set(sys.modules) - before}; "
        "print(sorted(new - sys.stdlib_module_names))"
    )
    done = subprocess.run(
        (sys.executable, "-c", code), cwd=Path(__file__).parents[2], capture_output=True, text=True, check=True
    )
    assert set(done.stdout.strip("[]\n").replace("'", "").split(", ")) <= {
        "_pytest", "cookielab", "iniconfig", "packaging", "pluggy", "py", "pygments", "pytest",
    }  # fmt: skip
