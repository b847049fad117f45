"""The book of ids: which the server has issued, to whom, who is logged in under each, and which are over."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from .canaries import DENSE, Reading
from .cookies import Pair

SHORTEST = 8
"""Letters of an id that can be recognised in a text; a shorter one stands there by chance."""
MOST = 16
"""How many ids with the same conspicuous part are remembered: with more of them it says nothing."""
_RUN = re.compile(r"[A-Za-z0-9_-]{8,}")

type Key = tuple[str, Pair]
"""An id: the server that it belongs to, name and value of the cookie."""


@dataclass(slots=True)
class Id:
    """One id. `person` got it in event `seq`; None where nobody did: it was planted, or made up.

    `user`: who is logged in under it, since `login`, in the browser of `holder`. `early`: it was in that browser before
    the login already, unused by any user. `planted`: another had put it there, in that event. `over`: it was ended.
    """

    value: str
    person: str | None
    seq: int
    user: str | None = None
    holder: str | None = None
    login: int = 0
    early: bool = False
    planted: int | None = None
    over: bool = False


class Book:
    """All ids of a history."""

    def __init__(self) -> None:
        self._ids: dict[Key, Id] = {}
        self._values: dict[tuple[str, str], Id] = {}
        self._runs: defaultdict[str, list[Id]] = defaultdict(list)
        self._shortest = DENSE

    def get(self, key: Key) -> Id | None:
        """What is known of this cookie; None: nobody has issued or planted it."""
        return self._ids.get(key)

    def all(self, keys: Iterable[Key]) -> tuple[Id | None, ...]:
        """The same of each of these."""
        return tuple(map(self._ids.get, keys))

    def genuine(self, server: str, value: str) -> Id | None:
        """The id of this value that the server has issued, under whatever name."""
        return self._values.get((server, value))

    def issue(self, key: Key, person: str, seq: int) -> Id:
        """Enters that the server gave this to this person."""
        known = self._ids.get(key)
        if known is None or known.person is None:
            made = Id(key[1][1], person, seq, planted=known.planted if known else None)
            self._ids[key] = made
            self._values.setdefault((key[0], key[1][1]), made)
            return made
        return known

    def plant(self, key: Key, seq: int) -> None:
        """Enters that somebody put this into somebody's browser."""
        known = self._ids.setdefault(key, Id(key[1][1], None, seq))
        known.planted = seq

    def enter(self, key: Key, user: str, holder: str, login: int, *, early: bool) -> None:
        """Enters that this user is logged in under it from now on."""
        known = self._ids.get(key)
        if known is None:
            known = self._ids[key] = Id(key[1][1], None, login)
        if known.user is None:
            known.early = early
            if len(known.value) >= SHORTEST and (run := _conspicuous(known.value)):
                self._runs[run] = [*self._runs[run][1 - MOST :], known]
                self._shortest = min(self._shortest, len(run))
        elif known.holder != holder:
            return
        known.user, known.holder, known.login, known.over = user, holder, login, False

    def end(self, keys: Iterable[Key]) -> None:
        """Enters that these are good for nothing any more."""
        for key in keys:
            if known := self._ids.get(key):
                known.over = True

    def shown(self, reading: Reading) -> Iterable[Id]:
        """The ids of users that stand in a reply and are not over; long ones can only stand where it is dense."""
        texts = reading.dense if self._shortest >= DENSE else reading.texts
        return self._found(chain(texts, reading.inner)) if texts and self._runs else ()

    def _found(self, texts: Iterable[str]) -> Iterator[Id]:
        for text in texts:
            for run in self._runs.keys() & set(_RUN.findall(text)):
                yield from (known for known in self._runs[run] if not known.over and known.value in text)


def _conspicuous(value: str) -> str:
    """The longest part of an id that is a word for itself; empty for what would be found anywhere, as an address."""
    return "" if "@" in value or "%40" in value else max(_RUN.findall(value), key=len, default="")
