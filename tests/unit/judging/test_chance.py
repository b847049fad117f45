"""How much chance is in ids: an upper bound, and counters."""

import base64
import hashlib
import secrets

import pytest

from cookielab.judging.chance import bits, counts, digested, opaque


def test_random_ids_have_enough() -> None:
    for _ in range(50):
        assert bits([secrets.token_hex(16) for _ in range(10)]) == 128
        assert bits([secrets.token_urlsafe(32) for _ in range(10)]) >= 256


@pytest.mark.parametrize(
    ("values", "most"),
    [
        ([f"{number:04d}" for number in range(1000, 9999, 731)], 13.3),
        ([f"prefix-{number}-suffix" for number in range(10, 20)], 3.4),
        (["same"] * 10, 0),
        (["12", "134", "156", "189"], 3.4),
        (["aé", "bà"], 13.2),
    ],
)
def test_places_that_differ_count(values: list[str], most: float) -> None:
    assert bits(values) == pytest.approx(most, abs=0.1)


@pytest.mark.parametrize(
    "values",
    [
        ["1001", "1002", "1005"],
        ["ff", "100", "10a"],
        ["9", "8", "3"],
        ["9000000000000001", "9000000000000002", "9000000000000005"],
        [f"{'0' * 63}{digit}" for digit in "123"],
    ],
)
def test_a_counter_is_one(values: list[str]) -> None:
    assert counts(values)


@pytest.mark.parametrize(
    "values",
    [
        ["1001", "1003", "1002"],
        ["x1", "x2"],
        ["0" * 13, "f" * 13],
        ["1", "1"],
        [f"{'0' * 64}{digit}" for digit in "123"],
        [secrets.token_hex(16) for _ in range(10)],
    ],
)
def test_what_is_none_is_none(values: list[str]) -> None:
    assert not counts(values)


def test_digests_of_a_counter_and_of_the_time_are_told() -> None:
    def md5(number: int) -> str:
        return hashlib.md5(str(number).encode()).hexdigest()

    assert digested([(md5(n), 0.0) for n in (1, 2, 5)]) == "the md5 of a counter"
    assert digested([(md5(n), 0.0) for n in (1, 2)]) == "the md5 of a counter"
    now = 1_790_000_000.5
    assert digested([(md5(1_790_000_000 + n), now) for n in range(3)]) == "the md5 of the time in seconds"
    sha1 = [hashlib.sha1(str(int(now * 1000) + n).encode()).hexdigest() for n in range(3)]
    assert digested([(each, now) for each in sha1]) == "the sha1 of the time in milliseconds"


def test_random_digests_and_others_are_not() -> None:
    assert digested([(secrets.token_hex(16), 1.0) for _ in range(5)]) is None
    assert digested([(secrets.token_hex(4), 1.0) for _ in range(5)]) is None
    assert digested([(hashlib.md5(b"1").hexdigest(), 1.0)]) is None
    assert digested([]) is None


@pytest.mark.parametrize(
    ("text", "is_so"),
    [
        ("c4f84755230d3366bf07cd4c15401b5f", True),
        ("GopJTYGAFHKw8L3AKrgkaAg-uud7iqSjgtlW9_1FrME", True),
        ("node01x7f9c2ba4e88f827d616", True),
        ("node0", False),
        ("a" * 64, False),
        (base64.b64encode(b'{"user": "bob", "t": 1790000000}').decode(), False),
        (base64.urlsafe_b64encode(b'{"user": "bob", "t": 1790000000}').decode().rstrip("="), False),
        ("has a blank in it and is long enough", False),
        ("0123456789abcdef", True),
        ("0123456789012345678", False),
        ("Zm9vYmFy%2Bq83vEjRWeJq8w%3D%3D", True),
        (base64.b64encode(b'{"user": "bob12", "t": 1790000000}').decode().replace("=", "%3D"), False),
        (base64.b64encode(b'{"user": "bob12", "t": 1790000000}').decode().replace("=", "%3d"), False),
        (base64.urlsafe_b64encode(b"of bob: >>>~~~???, and all of it can be read").decode(), False),
    ],
)
def test_a_part_is_a_secret_where_it_is_long_and_says_nothing(text: str, *, is_so: bool) -> None:
    assert opaque(text) is is_so
