"""Cookie headers as the judge reads them: leniently, for what was sent was sent."""

import pytest

from cookielab.judging.cookies import pairs, set_cookie

NOW = 1_000_000_000.0  # 2001-09-09 01:46:40 UTC


@pytest.mark.parametrize(
    ("header", "found"),
    [
        (None, ()),
        ("", ()),
        ("sid=1", (("sid", "1"),)),
        ("a=1; sid=x=y ;b=", (("a", "1"), ("sid", "x=y"), ("b", ""))),
        ('p={"a": 1}; sid=1', (("p", '{"a": 1}'), ("sid", "1"))),
        ("lonely; =__Host-sid=evil", (("", "lonely"), ("", "__Host-sid=evil"))),
        ("sid=1; sid=2", (("sid", "1"), ("sid", "2"))),
    ],
)
def test_pairs(header: str | None, found: tuple[tuple[str, str], ...]) -> None:
    assert pairs(header) == found


@pytest.mark.parametrize(
    ("line", "lifetime", "deletes"),
    [
        ("sid=1", None, False),
        ("sid=1; Path=/; HttpOnly", None, False),
        ("sid=1; max-age=60", 60, False),
        ("sid=1; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT", 60, False),
        ("sid=1; Expires=Sun, 09 Sep 2001 01:47:40 GMT", 60, False),
        ("sid=1; Expires=Sun, 09 Sep 2001 01:47:40", 60, False),
        ("sid=1; Expires=soon", None, False),
        ("sid=1; Max-Age=soon", None, False),
        ("sid=1; Max-Age=1", 1, False),
        ("sid=1; Max-Age=0", 0, True),
        ("sid=1; Max-Age=-5", 0, True),
        ("sid=; Max-Age=60", 60, True),
        ("sid=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT", 0, True),
    ],
)
def test_set_cookie(line: str, lifetime: float | None, deletes: bool) -> None:
    cookie = set_cookie(line, NOW)
    assert (cookie.name, cookie.lifetime, cookie.deletes) == ("sid", lifetime, deletes)
