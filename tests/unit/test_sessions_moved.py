"""`cookielab.sessions` is `sessiontable` under its old name, for one release."""

import subprocess
import sys
from pathlib import Path

import pytest

from cookielab.places import TABLE

ROOT = Path(__file__).parents[2]
PROGRAM = """
import warnings
with warnings.catch_warnings(record=True) as said:
    warnings.simplefilter("always")
    from cookielab.sessions import SessionTable
    from cookielab.sessions.asgi import SessionMiddleware
    from cookielab.sessions.sqlite.store import SQLiteStore
import sessiontable.asgi, sessiontable.sqlite
assert SessionTable is sessiontable.SessionTable
assert SessionMiddleware is sessiontable.asgi.SessionMiddleware
assert SQLiteStore is sessiontable.sqlite.SQLiteStore
print([str(each.message) for each in said if each.category is DeprecationWarning])
"""
BEFORE = (
    "asgi", "asynchronous", "cookie", "core", "errors", "httpserver", "ids", "inline", "memory.due", "memory.owners", "memory.store",
    "refusal", "sqlite.file", "sqlite.steps", "sqlite.store", "store", "table", "urls", "values", "wsgi",
)  # fmt: skip
"""All modules of the last release under the old name that need no other package."""
MODULES = """
import sys, warnings
from importlib import import_module
warnings.simplefilter("error")
warnings.filterwarnings("ignore", "cookielab.sessions is called")
for name in sys.argv[1:]:
    found = import_module(f"cookielab.sessions.{name}")
    assert found.__name__.startswith("sessiontable."), found
    assert found.__spec__.name == found.__name__, found.__spec__
    assert sys.modules[found.__name__] is found
from cookielab.sessions.urls import open_store
open_store("memory:")
open_store("sqlite:" + sys.argv[0])  # which imports within its package when it is called
"""


def test_every_module_of_before_is_found(tmp_path: Path) -> None:
    """And goes on as what it is now: an import within it, later, does not warn."""
    program = MODULES.replace("sys.argv[0]", repr(str(tmp_path / "sessions.db")))
    done = subprocess.run(
        (sys.executable, "-S", "-c", program, *BEFORE), capture_output=True, text=True, timeout=30, check=False,
        env={"PYTHONPATH": f"{ROOT / 'src'}:{TABLE}"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "Warning" not in done.stderr.replace("ResourceWarning", "")


def test_what_was_never_there_is_named_as_it_was_asked_for() -> None:
    done = subprocess.run(
        (sys.executable, "-S", "-W", "ignore", "-c", "import cookielab.sessions.nothing"), capture_output=True, text=True,
        timeout=30, check=False, env={"PYTHONPATH": f"{ROOT / 'src'}:{TABLE}"},
    )  # fmt: skip
    assert "ModuleNotFoundError: No module named 'cookielab.sessions.nothing'" in done.stderr


@pytest.mark.parametrize("table", [str(TABLE), ""], ids=["installed", "carried"])
def test_what_is_imported_under_the_old_name_is_the_same(table: str) -> None:
    """Also where `sessiontable` is not installed: the lab has a copy for its own server."""
    done = subprocess.run(
        (sys.executable, "-S", "-c", PROGRAM), capture_output=True, text=True, timeout=30, check=False,
        env={"PYTHONPATH": f"{ROOT / 'src'}:{table}"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("cookielab.sessions is called sessiontable now") == 1
