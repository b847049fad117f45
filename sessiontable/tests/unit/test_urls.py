"""A store from a setting: each kind, and what is said about a setting that names none."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sessiontable import MemoryStore, SessionError, StoreUnavailable
from sessiontable.sqlite import SQLiteStore
from sessiontable.urls import open_store

FORMS = (
    "use memory:, sqlite:relative/path.db or sqlite:///absolute/path.db, "
    "redis://[user[:password]@]host[:port][/database], rediss://… for Redis over TLS, unix:///path/to/redis.sock, "
    "redis+unix:///path/to/redis.sock"
)


def refusal(url: str) -> str:
    with pytest.raises(SessionError) as refused:
        open_store(url)
    assert not isinstance(refused.value, StoreUnavailable)
    return str(refused.value)


@pytest.mark.parametrize("url", ["memory:", "memory://", "MEMORY:"])
def test_memory(url: str) -> None:
    assert isinstance(open_store(url), MemoryStore)


def test_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An absolute path with three slashes or one, a relative one without; taken as it is, and not decoded."""
    monkeypatch.chdir(tmp_path)
    for url, name in (
        (f"sqlite://{tmp_path}/three.db", "three.db"),
        (f"sqlite:{tmp_path}/one.db", "one.db"),
        ("sqlite:relative%20 .db", "relative%20 .db"),
    ):
        store = open_store(url)
        assert isinstance(store, SQLiteStore)
        store.close()
        assert (tmp_path / name).is_file()


@pytest.mark.parametrize("scheme", ["redis+unix", "unix"])
def test_redis_that_is_down(tmp_path: Path, scheme: str) -> None:
    with pytest.raises(StoreUnavailable) as down:
        open_store(f"{scheme}://:secret@{tmp_path}/none.sock?db=3")
    assert str(down.value) == (
        f"Redis at {scheme}://{tmp_path}/none.sock does not answer (Error 2 connecting to {tmp_path}/none.sock. "
        "No such file or directory.): look whether it runs there, and can be reached"
    )


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("mongodb://h/x", f"store URL 'mongodb://h/x' has no scheme that is known: {FORMS}"),
        ("mongodb://me:secret@h/x", f"store URL 'mongodb:…' has no scheme that is known: {FORMS}"),
        ("sqlit:a.db", f"store URL 'sqlit:a.db' has no scheme that is known; did you mean 'sqlite:'? {FORMS}"),
        ("redis", f"store URL 'redis' has no scheme that is known; did you mean 'redis:'? {FORMS}"),
        ("", f"store URL '' has no scheme that is known: {FORMS}"),
        ("memory:x", "store URL 'memory:x' names a place, and memory has none: write memory:"),
        *(
            (url, f"store URL {url!r} names no file: write sqlite:relative/path.db or sqlite:///absolute/path.db")
            for url in ("sqlite:", "sqlite://", "sqlite://sessions.db")
        ),
    ],
)
def test_a_url_of_no_store(url: str, says: str) -> None:
    """The URL is named, what is known is listed, with the nearest word; a password is not shown."""
    assert refusal(url) == says


@pytest.mark.parametrize("missing", [None, Path("sessions.db"), MemoryStore])
def test_a_setting_that_is_missing_or_no_text(missing: Any) -> None:
    assert refusal(missing).startswith(f"store URL is {missing!r:.80}: give a text, sqlite:relative/path.db or ")


def test_without_redis_the_remedy_is_named(tmp_path: Path) -> None:
    """In a process that cannot find the package."""
    program = (
        "import sys; sys.modules['redis'] = None\n"
        "from sessiontable.urls import open_store, SessionError\n"
        "try: open_store('redis://localhost')\n"
        "except SessionError as error: print(error)"
    )
    done = subprocess.run(
        (sys.executable, "-c", program),
        capture_output=True, text=True, timeout=30, check=True, cwd=Path(__file__).parents[2], env=os.environ | {"PYTHONPATH": "src"},
    )  # fmt: skip
    assert done.stdout == (
        "a store on Redis needs the package redis, which is not installed: pip install 'redis[hiredis]'\n"
    )
