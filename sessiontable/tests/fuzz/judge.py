"""What must hold for every Cookie header that anybody can send; a pure function over one input, so any can be replayed."""

import re
from functools import cache
from typing import TypedDict

from sessiontable import AsyncSession, AsyncSessionTable, Cookie, Hooks, MemoryStore, Session, SessionTable
from tests.fuzz import oracle

_VISIBLE = re.compile(r"[ -~]*")
_MOST_IDS = 8
"""So many different ids may stand beside each other before the table takes none of them for a browser's."""


class Limits(TypedDict):
    """What keeps sessions alive."""

    idle_timeout: int
    absolute_timeout: int


_others: dict[SessionTable, tuple[AsyncSessionTable, SessionTable]] = {}


class FaultError(Exception):
    """The cookie side did what it must not do; the text says what, with the values."""


@cache
def tables() -> tuple[tuple[SessionTable, str, str], ...]:
    """A table per form of the cookie, with the ids of two living sessions."""
    return tuple(_table(Cookie("sid", secure=secure)) for secure in (False, True))


def _table(cookie: Cookie) -> tuple[SessionTable, str, str]:
    store, limits = MemoryStore(), Limits(idle_timeout=10**9, absolute_timeout=10**9)
    table = SessionTable(store, cookie=cookie, clock=lambda: 0.0, **limits)
    _others[table] = (
        AsyncSessionTable(store, cookie=cookie, clock=lambda: 0.0, **limits),
        SessionTable(store, cookie=cookie, clock=lambda: 0.0, hooks=Hooks(step=_nothing), **limits),
    )
    return table, _login(table, "alice"), _login(table, "mallory")


def _nothing(*_: object) -> None:
    """A table that tells of its steps goes the long way to a session."""


def _look(table: SessionTable, lines: list[str], host: str, path: str) -> Session:
    """Who it is. The table for asyncio, and one that takes the long way, must find the same."""
    session, (asyncio, long_way) = table.open(lines, host=host, path=path), _others[table]
    told = _told(session)
    for way, other in (("on asyncio", asyncio), ("the long way", long_way)):
        if told != (found := _told(other.session(lines, host=host, path=path))):
            raise FaultError(f"{found} was found {way}, and {told} otherwise: {lines!r}")
    return session


def _told(session: Session | AsyncSession) -> tuple[object, ...]:
    return session.user, session.known, session.label, session.set_cookies, session.headers()


def _login(table: SessionTable, user: str) -> str:
    session = table.open([])
    session.rotate(user)
    return session.set_cookies[-1].partition("=")[2].partition(";")[0]


def lines_of(data: bytes) -> list[str]:
    """The Cookie header lines of an input, decoded as servers do it: as Latin-1, or as UTF-8 with surrogates."""
    encoding, errors = ("utf-8", "surrogateescape") if data[:1] > b"\x7f" else ("latin-1", "strict")
    return data[2:].decode(encoding, errors).split("\x1e")


def judge(data: bytes) -> None:
    """Raises FaultError, or whatever the cookie side raised, where one input breaks a rule."""
    lines = lines_of(data)
    at = data[1] if len(data) > 1 else 0
    for table, alice, mallory in tables():
        name = table.cookie.wire_name
        foreign = _candidates(table, lines)
        host, path = lines[0], lines[-1]
        if _look(table, lines, host, path).known:
            raise FaultError(f"a session is known to a request without its id: {lines!r}")
        one = _with(lines, f"{name}={alice}", at)
        if sorted(_candidates(table, one)) != sorted([*foreign, alice]):
            raise FaultError(f"{name}={alice} was put into the request and not found as one more: {one!r}")
        few = len({alice, *filter(oracle.is_id, foreign)}) <= _MOST_IDS
        session = _look(table, one, host, path)
        if few != (session.user == "alice"):
            raise FaultError(f"the session of {alice} was {'lost' if few else 'taken among too many'}: {one!r}")
        _check_reply(session, table.cookie)
        two = _with(one, f"{name}={mallory}", at // 2)
        session = _look(table, two, host, path)
        if session.known:
            raise FaultError(f"two living sessions are claimed, and one was chosen: {two!r}")
        _check_reply(session, table.cookie)


def _candidates(table: SessionTable, lines: list[str]) -> list[str]:
    name, found = table.cookie.wire_name, table.cookie.candidates(lines)
    for value in found:
        if not any(value in line for line in lines):
            raise FaultError(f"candidate {value!r} does not stand in the request: {lines!r}")
    if found != (expected := oracle.values(name, lines)):
        raise FaultError(f"cookies named {name!r} have the values {expected!r}, found were {found!r}: {lines!r}")
    return found


def _with(lines: list[str], pair: str, at: int) -> list[str]:
    """The request with one more pair: on a line of its own, or between two pairs of one of the lines."""
    where = at % (len(lines) + 1)
    if where == len(lines):
        return [*lines, pair]
    pairs = lines[where].split(";")
    cut = at % (len(pairs) + 1)
    return [*lines[:where], ";".join([*pairs[:cut], f" {pair}", *pairs[cut:]]), *lines[where + 1 :]]


def _check_reply(session: Session, cookie: Cookie) -> None:
    """Surplus cookies are removed and nothing else: not ours, which stands at "/" of this host, and none is set.

    What the request held must not get into the reply, but for the path and domain of cookies to remove.
    """
    for line in session.set_cookies:
        pair, *attributes = line.split("; ")
        names = [attribute.partition("=")[0] for attribute in attributes]
        proper = ["Max-Age", "Path", "Domain", "HttpOnly", "SameSite", "Secure"]
        if (
            pair != f"{cookie.wire_name}="
            or "Max-Age=0" not in attributes
            or [x for x in proper if x in names] != names
        ):
            raise FaultError(f"the reply does more than to remove a cookie of our name: {line!r}")
        if line == cookie.delete():
            raise FaultError(f"the reply removes the cookie that counts: {line!r}")
        if not _VISIBLE.fullmatch(line):
            raise FaultError(f"the reply holds characters that end or split a header line: {line!r}")
