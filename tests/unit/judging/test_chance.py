"""How much chance is in ids: an upper bound, and counters."""

import secrets

import pytest

from cookielab.judging.chance import bits, counts


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


@pytest.mark.parametrize("values", [["1001", "1002", "1005"], ["ff", "100", "10a"], ["9", "8", "3"]])
def test_a_counter_is_one(values: list[str]) -> None:
    assert counts(values)


@pytest.mark.parametrize(
    "values",
    [
        ["1001", "1003", "1002"],
        ["x1", "x2"],
        ["0" * 13, "f" * 13],
        ["1", "1"],
        [secrets.token_hex(16) for _ in range(10)],
    ],
)
def test_what_is_none_is_none(values: list[str]) -> None:
    assert not counts(values)
