"""What a fair witness knows before each request: what the server gave this person, and what it owes them.

The invariants ask the ledger instead of keeping such books themselves, one of them each. All look at a request first, and
then it is entered.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from math import inf

from .book import Book, Key
from .cookies import Pair, SetCookie, pairs, reaches, set_cookie
from .events import ClientChange, Event, Request, RunStart, ServerClock, ServerStart
from .seen import NOTHING, Seen, Standing

OWN_LOSSES = frozenset({"closed browser", "clock moved", "cookie deleted"})
"""Changes by which people may lose a cookie through their own doing; a planted cookie is the doing of another."""


@dataclass(slots=True)
class _Account:
    held: dict[tuple[str, str], tuple[str, float]] = field(default_factory=dict)
    """By name and path: two cookies of one name are two."""
    values: dict[str, str] = field(default_factory=dict)
    """What is held, name to value: made anew whenever it changes, as `pairs` is, because it is looked at far more often."""
    pairs: frozenset[Pair] = frozenset()
    ends: float = inf
    """When the first of what is held expires."""
    user: str | None = None
    login: int | None = None
    canary: str | None = None
    written: int | None = None
    counted: int | None = None
    doubtful: bool = False
    displaced: bool = False
    """The same user has logged in at another browser since, which may end this session: a design that many choose."""
    begun: dict[str, tuple[tuple[Pair, ...], float]] = field(default_factory=dict)
    """The first hop of each verb that is under way: its session cookies, and when it was sent."""

    def leave(self) -> None:
        self.user = self.login = self.canary = self.written = None
        self.displaced = False

    def hold(self, held: dict[tuple[str, str], tuple[str, float]]) -> None:
        """From now on this is what is held."""
        self.held = held
        self.values = {name: value for (name, _), (value, _) in held.items()}
        self.pairs = frozenset([(name, value) for (name, _), (value, _) in held.items()])
        self.ends = min((until for _, until in held.values()), default=inf)

    def before(self, request: Request, sent: tuple[Pair, ...], path: str) -> Standing:
        """Settles what the person has lost since the last request, and tells where they stand."""
        if self.doubtful or self.ends <= request.at:
            self._settle(request, sent, path)
        values = self.values
        due = self.counted + 1 if self.counted is not None else None if values else 1
        for pair in sent:
            if pair not in self.pairs and pair[0] in values:
                due = None  # tampered with
        return Standing(values, self.user, self.login, self.canary, self.written, due)

    def _settle(self, request: Request, sent: tuple[Pair, ...], path: str) -> None:
        if request.action == "forge" or request.forged is not None:
            return
        had = len(self.held)
        self.hold(
            {key: given for key, given in self.held.items() if (key[0], given[0]) in sent or not reaches(key[1], path)}
        )
        if len(self.held) < had or not had:
            self.leave()
        if had and not self.held:
            self.counted = None
        self.doubtful = False

    def after(self, seen: Seen) -> None:
        """Enters what the answer gave. What was sent in place of the browser's own cookies leaves the browser alone."""
        request = seen.request
        if seen.given and (request.forged is None or request.action == "login"):
            self._receive(seen.given, request.ended)
        if request.view and request.view.visits is not None and self._counts(seen):
            self.counted = request.view.visits
        if request.action == "login":
            if seen.done:
                self.leave()
                self.user, self.login = request.claims, request.seq
        elif request.action == "logout":
            self.leave()
        elif request.action == "write":
            if seen.done:
                self.canary, self.written = request.canary, request.seq
            elif request.status is None or request.status >= 500:
                self.canary = self.written = None

    def _receive(self, given: tuple[SetCookie, ...], now: float) -> None:
        held = dict(self.held)
        for cookie in given:
            if cookie.deletes:
                held.pop((cookie.name, cookie.path), None)
            else:
                held[cookie.name, cookie.path] = (
                    cookie.value,
                    inf if cookie.lifetime is None else now + cookie.lifetime,
                )
        self.hold(held)

    def _counts(self, seen: Seen) -> bool:
        """The server has counted this visit on this person's account."""
        if seen.request.forged is not None:
            return not self.pairs.isdisjoint(seen.sent)
        return seen.request.action != "forge" or bool(seen.given) or not self.held


class Ledger:
    """The accounts of all people at all servers, and the book of ids."""

    def __init__(self) -> None:
        self.book = Book()
        self.names: frozenset[str] | None = None
        self.survives: tuple[str, ...] | None = None
        self.shared = False
        self.limits: ServerClock | None = None
        """The server's word on when sessions end, None where it says nothing of it."""
        self._moves: list[tuple[float, float]] = []
        self._accounts: defaultdict[str, defaultdict[str, _Account]] = defaultdict(lambda: defaultdict(_Account))
        self._writers: dict[tuple[str, str], str] = {}
        self._planted: defaultdict[str, dict[Pair, int]] = defaultdict(dict)

    def see(self, event: Event) -> Seen | None:
        """The request with the standing of its sender before it; None for anything but a request to a subject."""
        if isinstance(event, Request):
            if event.action != "neighbour":
                return self._seen(event)
            self._planting(event)
            return None
        match event:
            case ClientChange():
                self._change(event)
            case ServerStart(role="subject", detail="restart") if "restart" not in (self.survives or ()):
                for accounts in self._accounts.values():
                    for account in accounts.values():
                        account.leave()
            case ServerClock():
                self._moves.append((event.at, event.seconds))
                self.limits = event
            case RunStart():
                self.names = None if event.session_cookies is None else frozenset(event.session_cookies)
                self.survives, self.shared = event.survives, event.shared
        return None

    def clock(self, at: float) -> float:
        """What the server's clock showed at this time."""
        return at + sum([seconds for moved, seconds in self._moves if moved <= at]) if self._moves else at

    def _seen(self, request: Request) -> Seen:
        server, path = _where(request.url)
        account = self._accounts[request.person][server]
        path = path if self.names is not None else "/"
        sent, keys = _sent(server, request.cookies_sent, self.names) if request.cookies_sent else ((), ())
        headers = [name.lower() for name, _ in request.headers]
        lines = request.set_cookies if "set-cookie" in headers else ()
        given, issued = self._given(request, lines, sent, path) if lines else ((), ())
        if account.displaced and _turned_away(request):
            account.leave()
        standing = account.before(request, sent, path)
        if standing.canary and self._writers.get((server, standing.user or "")) != request.person:
            standing.canary = standing.written = None
        planted = self._planted[request.person]
        if planted and request.forged is None:
            for key in keys:
                if key[1] in planted:
                    self.book.plant(key, planted[key[1]])
        verb, hop = request.part_of or request.action, (sent, request.at)
        if request.action == "step":
            hop = account.begun.setdefault(verb, hop)
        elif account.begun and request.action != "forge":
            hop = account.begun.get(verb, hop)
        calibrated = self.names is not None
        return Seen(
            request, server, standing, calibrated, sent, hop[0], lines, given, issued, keys, self.book.all(keys),
            request.view or NOTHING, hop[1], calibrated and (request.status == 429 or "retry-after" in headers),
        )  # fmt: skip

    def _given(
        self, request: Request, lines: tuple[str, ...], sent: tuple[Pair, ...], path: str
    ) -> tuple[tuple[SetCookie, ...], tuple[SetCookie, ...]]:
        """The session cookies that the answer sets or deletes, and those of them that are new."""
        given = [set_cookie(line, request.at, path) for line in lines]
        given = [cookie for cookie in given if self.names is None or cookie.name in self.names]
        brought = {value for _, value in sent}
        issued = [cookie for cookie in given if not cookie.deletes and cookie.value not in brought]
        return tuple(given), tuple(issued)

    def _change(self, event: ClientChange) -> None:
        if event.change == "arrived":
            self._accounts[event.person].clear()
            self._planted[event.person].clear()
        elif event.change in OWN_LOSSES:
            for account in self._accounts[event.person].values():
                account.doubtful = True
        elif event.change == "cookie planted":
            self._planted[event.person].update(dict.fromkeys(_sent("", event.detail, self.names)[0], event.seq))

    def _planting(self, request: Request) -> None:
        """What another application sets in a browser is planted there, where it is called as ours is."""
        for line in request.set_cookies:
            pair = set_cookie(line, request.at).pair
            if self.names is not None and pair[0] in self.names:
                self._planted[request.person][pair] = request.seq

    def enter(self, seen: Seen) -> None:
        """Enters the request, after all who wanted to have looked at it."""
        request = seen.request
        account = self._accounts[request.person][seen.server]
        before = account.pairs
        account.after(seen)
        for cookie in seen.issued:
            self.book.issue((seen.server, cookie.pair), request.person, request.seq)
        if request.action not in {"step", "forge"}:
            account.begun.pop(request.action, None)
        if request.trouble and "replies" in request.trouble and "lost-reply" not in (self.survives or ()):
            account.leave()  # a new id may have been in it, and nothing says that the old one lives on
        if request.action == "write" and (account.user or request.claims):
            self._writers[seen.server, account.user or request.claims or ""] = request.person
        if request.action == "login" and seen.done:
            self._login(account, seen)
        elif request.action == "logout" and seen.done:
            self.book.end((seen.server, pair) for pair in (*seen.first, *seen.sent))
        elif request.action == "change_password" and seen.done:
            self._password_changed(seen)
        elif account.user and account.login and request.forged is None and (seen.issued or seen.sighting == "this"):
            for pair in account.pairs:
                self.book.enter((seen.server, pair), account.user, request.person, account.login, early=False)
        if seen.given and request.forged is None:
            self.book.end((seen.server, pair) for pair in before - account.pairs)

    def _login(self, account: _Account, seen: Seen) -> None:
        request = seen.request
        for pair in {*account.pairs, *(seen.sent if request.forged is None else ())}:
            key = (seen.server, pair)
            provided = seen.calibrated and pair not in self._planted[request.person] and self.book.get(key) is None
            if provided:  # it came with the login itself, as from a program: nobody had it before
                self.book.issue(key, request.person, request.seq)
            self._hold(seen, pair, account, early=pair in seen.first and not provided)

        for person, accounts in self._accounts.items() if seen.calibrated else ():
            other = accounts.get(seen.server)
            if other and person != request.person and other.user == account.user:
                other.displaced = True

    def _hold(self, seen: Seen, pair: Pair, account: _Account, *, early: bool) -> None:
        if account.user and account.login:
            self.book.enter((seen.server, pair), account.user, seen.request.person, account.login, early=early)

    def _password_changed(self, seen: Seen) -> None:
        request = seen.request
        if "password" in (self.survives or ()):
            return
        for person, accounts in self._accounts.items():
            account = accounts.get(seen.server)
            if account and account.user == request.claims and person != request.person:
                account.leave()

    def held_by(self, server: str, user: str) -> Iterator[tuple[str, Key]]:
        """Person and id of all that this user's browsers hold."""
        for person, accounts in self._accounts.items():
            account = accounts.get(server)
            if account and account.user == user:
                yield from ((person, (server, pair)) for pair in account.pairs)


def _turned_away(request: Request) -> bool:
    """An honest request was answered as to nobody."""
    if request.forged is not None or request.action not in {"whoami", "read", "write"}:
        return False
    refused = request.succeeded is False and request.status is not None and request.status < 500
    return request.sighting == "anonymous" or (request.sighting is None and refused)


@lru_cache(4096)
def _where(url: str) -> tuple[str, str]:
    """Whom a URL asks, and the path of it."""
    scheme, _, rest = url.partition("://")
    host, _, path = rest.partition("/")
    return f"{scheme}://{host}", "/" + path.partition("?")[0].partition("#")[0]


@lru_cache(4096)
def _sent(server: str, header: str, names: frozenset[str] | None) -> tuple[tuple[Pair, ...], tuple[Key, ...]]:
    """The session cookies of a Cookie header, and the same as keys of the book."""
    sent = tuple([pair for pair in pairs(header) if names is None or pair[0] in names])
    return sent, tuple([(server, pair) for pair in sent])
