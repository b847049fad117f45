"""The time that a hostile Cookie header takes grows with its length and no faster."""

import time
from collections.abc import Callable
from statistics import median

import pytest

from sessiontable import Cookie, MemoryStore, SessionTable

SHORT, TIMES = 16 * 1024, 4
BOUND = 8
"""Four times the input takes four times as long, and sixteen times where the way is quadratic; between them lies this."""
ROUNDS = 15
FLOOR = 1e-4
"""Seconds put on both: what is over in microseconds is not slow, and its ratio would be noise."""

SHAPES: dict[str, Callable[[int], list[str]]] = {
    "one pair": lambda size: ["sid=" + "A" * size],
    "many pairs": lambda size: ["; ".join(f"c{i}={i}" for i in range(size // 8))],
    "many pairs of our name": lambda size: ["; ".join(f"sid={i}" for i in range(size // 8))],
    "many ids": lambda size: ["; ".join(f"sid={i:043}" for i in range(size // 8))],
    "the same id": lambda size: [f"sid={'A' * 43}; " * (size // 8)],
    "many lines": lambda size: [f"sid={i}" for i in range(size // 8)],
    "separators": lambda size: [";" * size],
    "equals signs": lambda size: ["sid" + "=" * size],
    "blanks": lambda size: ["sid" + " " * size + "=A" + " \t" * size + "x" + " " * size],
    "blanks without a pair": lambda size: ["sid" + " \t" * size],
    "our name": lambda size: ["sid" * size],
    "quotes": lambda size: ["sid=" + '"\\' * size],
    "NUL": lambda size: ["\x00" * size + "; sid=A"],
    "folds": lambda size: ["a=b;\r\n " * (size // 8)],
    "surrogates": lambda size: ["\udcff" * size + ";sid=\udcff"],
}
PLACES: dict[str, Callable[[int], tuple[str, str]]] = {
    "host": lambda size: ("a." * size + "com", "/"),
    "host with colons": lambda size: (":" * size, "/"),
    "host with digits": lambda size: (":1" * size + "x", "/"),
    "path": lambda size: ("a.test", "/a" * size),
    "path of slashes": lambda size: ("a.test", "/" * size),
}


def ratio(short: Callable[[], object], long: Callable[[], object]) -> float:
    """How much longer the second one takes; both by turns, so that whatever else the machine does meets both."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS):
        for act, taken in zip((short, long), times, strict=True):
            began = time.thread_time()
            act()
            taken.append(time.thread_time() - began)
    return (median(times[1]) + FLOOR) / (median(times[0]) + FLOOR)


def table() -> SessionTable:
    return SessionTable(MemoryStore(), cookie=Cookie("sid", secure=False))


@pytest.mark.parametrize("shape", SHAPES)
def test_cookies(shape: str) -> None:
    """The whole way from the header lines to the lines of the reply."""
    sessions, short, long = table(), SHAPES[shape](SHORT), SHAPES[shape](SHORT * TIMES)
    got = ratio(lambda: sessions.open(short).set_cookies, lambda: sessions.open(long).set_cookies)
    assert got < BOUND, f"{TIMES} times the input takes {got:.1f} times as long"


@pytest.mark.parametrize("place", PLACES)
def test_places_of_duplicates(place: str) -> None:
    """Host and path of a request with surplus cookies."""
    sessions, short, long = table(), PLACES[place](SHORT), PLACES[place](SHORT * TIMES)
    two = ["sid=A; sid=B"]
    got = ratio(
        lambda: sessions.open(two, host=short[0], path=short[1]).set_cookies,
        lambda: sessions.open(two, host=long[0], path=long[1]).set_cookies,
    )
    assert got < BOUND, f"{TIMES} times the input takes {got:.1f} times as long"


@pytest.mark.parametrize("shape", SHAPES)
def test_64_kilobytes_take_milliseconds(shape: str) -> None:
    """What servers let through at all, in processor time."""
    sessions, lines = table(), SHAPES[shape](64 * 1024)
    began = time.thread_time()
    sessions.open(lines)
    assert time.thread_time() - began < 0.2


def test_a_quadratic_way_is_found() -> None:
    """The measure itself: a pattern that tries every start is caught by it."""

    def slow(text: str) -> int:
        return sum(text.count("=", at) for at in range(0, len(text), 32))

    assert ratio(lambda: slow("=" * SHORT), lambda: slow("=" * SHORT * TIMES)) > BOUND
