"""What SQLite's own JSON functions make of a session's values is what the model says, whatever names and values are."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from sessiontable import Change, Outcome, Record
from sessiontable.sqlite import SQLiteStore, steps
from sessiontable.sqlite.steps import Connection
from sessiontable.store import changed, size_of

KEY = b"k"
HOSTILE = (
    "$",
    "$.a",
    "a.b",
    "a[0]",
    "[0]",
    "#-1",
    '"',
    'a"b',
    '".x',
    "\\",
    "\\u0061",
    "a",
    "b",
    "'",
    "*",
    "é",
    "\x7f",
    "𝄞",
    "",
)
NAMES = st.one_of(
    st.sampled_from(HOSTILE), st.text(st.sampled_from("ab.\"\\$[]0#*' é"), max_size=6), st.text(max_size=12)
)
TEXTS = st.one_of(
    st.sampled_from(
        ["1", '"a"', "[]", "{}", "null", '{"a":1}', '"\\u00e9"', '"\\ud83d\\ude00"', '"\\\\"', '"\\u0000"', "", "\0"]
    ),
    st.text(max_size=20),
    st.text(st.sampled_from('{}[]":,\\u00e91'), max_size=20),
).filter(lambda text: text.isprintable() or text.isascii())
VALUES = st.dictionaries(NAMES, TEXTS, max_size=5)
CHANGES = st.builds(
    Change, NAMES, st.none() | TEXTS, st.sampled_from([0, 10, 40, 100, 10_000]), st.booleans(), st.none() | TEXTS
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SQLiteStore]:
    path: Path = tmp_path_factory.mktemp("json") / "sessions.db"
    with SQLiteStore(path) as store:
        yield store


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=VALUES, changes=st.lists(CHANGES, max_size=4), same=st.lists(st.booleans(), min_size=4, max_size=4))
@example(before={"a": "1"}, changes=[Change('a"', "2", 99), Change("a", "3", 99)], same=[False] * 4)
@example(before={"é": "1"}, changes=[Change("é", "2", 99), Change("e", "3", 99)], same=[False] * 4)
def test_a_change_is_what_the_model_says(
    store: SQLiteStore, before: dict[str, str], changes: list[Change], same: list[bool]
) -> None:
    """One after the other on the same session, so that each meets what the last one has stored; every second one is told
    what is there (`same`), on average."""
    before = {name: text for name, text in before.items() if _storable(name, text)}
    store.create(KEY, Record(0, 100, None, before), 0)
    values = before
    for change, knows in zip(changes, same, strict=False):
        if not _storable(change.name, change.value or "", change.before or ""):
            continue
        asked = change._replace(before=values.get(change.name)) if knows else change
        expected, after = changed(values, asked)
        assert store.write(KEY, asked, 0) is expected
        values = after if expected is Outcome.DONE else values
        found = store.read(KEY, 0)
        assert found
        assert found.values == values


def _storable(*texts: str) -> bool:
    return not any("\ud800" <= letter <= "\udfff" for text in texts for letter in text)


@pytest.mark.parametrize("spare", [-1, 0, 1])
@pytest.mark.parametrize("name", ["name", "né"])
def test_the_limit_is_met_to_the_byte(store: SQLiteStore, name: str, spare: int) -> None:
    """Where the quick look says no, it is counted."""
    values = {"a": '"é"', 'q"': '"\\"\\""', "b": "1"}
    store.create(KEY, Record(0, 100, None, values), 0)
    limit = size_of({**values, name: "[1]"}) + spare
    outcome = store.write(KEY, Change(name, "[1]", limit), 0)
    assert outcome is (Outcome.DONE if spare >= 0 else Outcome.TOO_LARGE)


def test_usual_changes_take_no_detour(store: SQLiteStore) -> None:
    """A plain name and JSON in ASCII are set by SQLite itself, checked or not, with the limit that a table has."""
    store.create(KEY, Record(0, 100, None, {"a": "1"}), 0)

    def done(connection: Connection) -> list[bool]:
        return [
            connection._set(KEY, change, 0)
            for change in (
                Change("a", '"\\u00e9"', 64 * 1024),
                Change("user.name [0] $", "2", 64 * 1024),
                Change("a", "3", 64 * 1024, True, '"\\u00e9"'),
                Change("new", "4", 64 * 1024, True, None),
                Change("new", "5", 64 * 1024, True, None),
                Change("new", None, 64 * 1024, True, "5"),
                Change("new", None, 64 * 1024, True, "4"),
                Change("missing", None, 0),
                Change('"', "6", 64 * 1024),
            )
        ]

    assert store._file.write(done) == [True, True, True, True, False, False, True, True, False]
    found = store.read(KEY, 0)
    assert found
    assert found.values == {"a": "3", "user.name [0] $": "2"}


def test_no_parameter_of_a_statement_has_a_number() -> None:
    """Python 3.12.1 warns at each call that `?1` will be an error, which is wrong."""
    statements = [text for text in vars(steps).values() if isinstance(text, str) and " ?" in text]
    assert len(statements) > 5
    assert [text for text in statements if re.search(r"\?\d", text)] == []
