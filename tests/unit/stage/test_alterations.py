"""What is tried with the cookies of one's own login: each value is made of what one knows by right."""

import base64
import hashlib
import json

import pytest

from cookielab.stage.alterations import altered, parts

NAMES = [("bob", "alice"), ("7", "8")]


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("value", "made"),
    [
        ("bob", "alice"),
        ("bob|1|0", "alice|1|0"),
        ("b%20ob", None),
        (b64("bob"), b64("alice")),
        (b64("user:bob"), b64("user:alice")),
        (b64("bo:bob"), b64("bo:alice").rstrip("=")),
        (b64('{"user": "bob"}').rstrip("="), b64('{"user": "alice"}').rstrip("=")),
        (b64("xx:bob!").replace("=", "%3D"), b64("xx:alice!").replace("=", "%3D")),
        (b"bob".hex(), b"alice".hex()),
        (hashlib.md5(b"bob").hexdigest(), hashlib.md5(b"alice").hexdigest()),
        ("x." + hashlib.sha256(b"bob").hexdigest(), "x." + hashlib.sha256(b"alice").hexdigest()),
    ],
)
def test_anothers_name_takes_the_place_of_ones_own(value: str, made: str | None) -> None:
    values = [each for about, each in altered("c", value, NAMES[:1]) if "name" in about]
    assert values == [] if made is None else made in values


def test_a_statement_inside_a_token_is_changed_where_it_stands() -> None:
    claims = base64.urlsafe_b64encode(json.dumps({"sub": "bob", "role": "?>?"}).encode()).decode().rstrip("=")
    (made,) = [each for about, each in altered("c", f"eyJh.{claims}.sig", NAMES[:1]) if "name" in about]
    head, body, tail = made.split(".")
    assert (head, tail) == ("eyJh", "sig")
    assert json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))) == {"sub": "alice", "role": "?>?"}


def test_numbers_are_counted_on_in_the_clear_and_in_base64() -> None:
    assert [each for _, each in altered("c", "2", [])] == ["1", "3"]
    assert [each for _, each in altered("c", "0-x", [])] == ["1-x"]
    assert b64('{"id": 8}') in [each for _, each in altered("c", b64('{"id": 7}'), [])]


def test_what_holds_nothing_readable_stays_alone() -> None:
    assert list(altered("c", "7f9c2ba4e88f827d616045507605853e", NAMES[:1])) == []
    assert list(altered("c", "", NAMES)) == []


def test_every_try_says_what_it_is() -> None:
    assert dict(altered("c", "bob-7", NAMES)) == {
        "made up: his own cookie c with alice's name in place of his": "alice-7",
        "made up: his own cookie c with 8's name in place of his": "bob-8",
        "made up: his own cookie c with a number in it counted on": "bob-6",
    }


def test_a_part_of_an_id_is_kept_and_the_rest_is_new() -> None:
    genuine = "k3Xq-_9AbCdEfGhIjKlMn"
    tried = [value for _, value in parts(genuine)]
    assert [value[:4] == genuine[:4] for value in tried] == [True, False, True, False]
    assert [value[-8:] == genuine[-8:] for value in tried] == [False, False, False, True]
    assert all(len(value) == len(genuine) and value != genuine for value in tried)
    assert list(parts("short")) == []
