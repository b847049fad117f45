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


@pytest.mark.parametrize("table", [str(TABLE), ""], ids=["installed", "carried"])
def test_what_is_imported_under_the_old_name_is_the_same(table: str) -> None:
    """Also where `sessiontable` is not installed: the lab has a copy for its own server."""
    done = subprocess.run(
        (sys.executable, "-S", "-c", PROGRAM), capture_output=True, text=True, timeout=30, check=False,
        env={"PYTHONPATH": f"{ROOT / 'src'}:{table}"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("cookielab.sessions is called sessiontable now") == 1
