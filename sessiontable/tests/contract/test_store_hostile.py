"""Names, values and users that break what is put together from texts: a store takes them as they are."""

from sessiontable import Change, Outcome, Record
from tests.contract.face import NOW, PLENTY, Face, key, record

A = key("a")

TEXTS = [
    "'",
    '"',
    "\\",
    "\\\\\"'",
    "';DROP TABLE sessions;--",
    '$."a"',
    "$.a[0]",
    "a.b",
    '{"a":1}',
    "[]",
    "null",
    "0",
    "-1e400",
    " ",
    "",
    "%s %(a)s {0} {a} ?1 :a @a",
    "🍪👩‍👩‍👧",
    "ä",
    "a\u0308",
    "ß€\u202e\u200b\ufeff",
    "\r\n\t\x1f\x7f",
    "a\0b",
    "\0",
    "\U0010ffff",
    "user",
    "expires_at",
    "__proto__",
    "*",
    "x" * 10_000,
    "🍪" * 2_500,
]


def test_any_text_is_a_name_a_value_and_a_user(store: Face) -> None:
    """Kept, changed with the right expectation, moved along, and removed without touching its neighbour."""
    for text in TEXTS:
        old, new = key(f"old{text}"), key(f"new{text}")
        kept = Record(NOW, NOW + 100, text, {text: text, "neighbour": "1"})
        store.create(old, kept)
        assert store.read(old) == kept
        assert store.write(old, Change(text, f"{text}!", PLENTY, checked=True, before=f"{text} ")) is Outcome.CHANGED
        assert store.write(old, Change(text, f"{text}!", PLENTY, checked=True, before=text)) is Outcome.DONE
        assert store.values(old) == {text: f"{text}!", "neighbour": "1"}
        moved = store.move(old, new, Record(NOW, NOW + 100, text, {}))
        assert moved == Record(NOW, NOW + 100, text, {text: f"{text}!", "neighbour": "1"})
        assert store.read(new) == moved
        assert store.set(new, text, None) is Outcome.DONE
        assert store.values(new) == {"neighbour": "1"}


def test_any_text_finds_its_user(store: Face) -> None:
    """And no other one whose name looks like it."""
    for text in TEXTS:
        store.create(key(text), record(text))
    store.create(key("anonymous"), record(None))
    for text in TEXTS:
        assert store.sessions_of(text) == {key(text): record(text)}


def test_names_that_look_alike_are_two(store: Face) -> None:
    """Composed and decomposed, upper and lower case, with a blank and without: nothing is folded."""
    names = ["ä", "a\u0308", "Ä", "ä ", "a", "A", "é", "É"]
    store.create(A, record())
    for number, name in enumerate(names):
        assert store.set(A, name, str(number)) is Outcome.DONE
    assert store.values(A) == {name: str(number) for number, name in enumerate(names)}


def test_any_bytes_are_a_key(store: Face) -> None:
    for each in (bytes(32), b"\xff" * 32, b"'\"\\%_*?[]{}\r\n\0 $." * 2, b":" * 32):
        store.create(each, record("alice", x="1"))
        assert store.values(each) == {"x": "1"}
        assert store.sessions_of("alice") == {each: record("alice", x="1")}
        assert store.delete(each)


def test_a_thousand_values(store: Face) -> None:
    many = {f"name{number}": "1" for number in range(1000)}
    store.create(A, Record(NOW, NOW + 100, None, many))
    assert store.set(A, "name500", "2") is Outcome.DONE
    assert store.values(A) == many | {"name500": "2"}
