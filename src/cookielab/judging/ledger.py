"""What a fair witness knows before each request: what the server gave this person, and what it owes them.

The invariants ask the ledger instead of keeping such books themselves, one of them each.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from math import inf

from .cookies import pairs, set_cookie
from .events import ClientChange, Event, Request

OWN_LOSSES = frozenset({"closed browser", "clock moved", "cookie deleted"})
"""Changes by which people may lose a cookie through their own doing; a planted cookie is the doing of another."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One person at one server, just before a request.

    `held`: the cookies that the server gave them, name to value. `user`: whom they logged in as in event `login`.
    `canary`: what they last wrote since then, acknowledged in event `written`. `visits`: the count that their next
    visit must be answered with, None where nobody can tell.
    """

    held: Mapping[str, str]
    user: str | None
    login: int | None
    canary: str | None
    written: int | None
    visits: int | None


@dataclass(slots=True)
class _Account:
    held: dict[str, tuple[str, float]] = field(default_factory=dict)
    user: str | None = None
    login: int | None = None
    canary: str | None = None
    written: int | None = None
    counted: int | None = None
    doubtful: bool = False

    def leave(self) -> None:
        self.user = self.login = self.canary = self.written = None

    def before(self, request: Request) -> Standing:
        """Settles what the person has lost since the last request, and tells where they stand."""
        sent = pairs(request.cookies_sent)
        expired = any(until <= request.at for _, until in self.held.values())
        if request.action != "forge" and (self.doubtful or expired):
            had = len(self.held)
            self.held = {name: given for name, given in self.held.items() if (name, given[0]) in sent}
            if len(self.held) < had or not had:
                self.leave()
            if had and not self.held:
                self.counted = None
            self.doubtful = False
        held = {name: value for name, (value, _) in self.held.items()}
        due = self.counted + 1 if self.counted is not None else None if held else 1
        tampered = any(name in held and held[name] != value for name, value in sent)
        visits = None if tampered else due
        return Standing(held, self.user, self.login, self.canary, self.written, visits)

    def after(self, request: Request) -> None:
        """Enters what the answer gave."""
        given = [set_cookie(line, request.at) for line in request.set_cookies]
        for cookie in given:
            if cookie.deletes:
                self.held.pop(cookie.name, None)
            else:
                until = inf if cookie.lifetime is None else request.at + request.elapsed + cookie.lifetime
                self.held[cookie.name] = (cookie.value, until)
        if request.view and request.view.visits is not None and (request.action != "forge" or given or not self.held):
            self.counted = request.view.visits
        if request.action == "login" and request.accepted:
            self.leave()
            self.user, self.login = request.claims, request.seq
        elif request.action == "logout":
            self.leave()
        elif request.action == "write" and request.accepted:
            self.canary, self.written = request.canary, request.seq
        elif request.action == "write" and (request.status is None or request.status >= 500):
            self.canary = self.written = None


def walk(events: Iterable[Event]) -> Iterator[tuple[Request, Standing]]:
    """Every request to a subject with the standing of its sender before it, in order."""
    accounts: defaultdict[str, defaultdict[str, _Account]] = defaultdict(lambda: defaultdict(_Account))
    for event in events:
        if isinstance(event, ClientChange):
            if event.change == "arrived":
                accounts[event.person].clear()
            elif event.change in OWN_LOSSES:
                for account in accounts[event.person].values():
                    account.doubtful = True
        elif isinstance(event, Request) and event.action != "neighbour":
            account = accounts[event.person][event.server]
            yield event, account.before(event)
            account.after(event)
