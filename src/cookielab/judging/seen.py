"""One request to the subject as the invariants look at it: which cookies count as ids, and what the reply says."""

from dataclasses import dataclass, field

from .book import Id, Key
from .canaries import Reading, read
from .cookies import Pair, SetCookie
from .events import Request, View

NOTHING = View()
PRESENT = frozenset({"this", "another", "several"})
"""Sightings of somebody; the other three are of nobody, or of nothing."""


@dataclass(slots=True)  # one for each request of a million: frozen ones take three times as long to make
class Standing:
    """One person at one server, just before a request.

    `held`: the cookies that the server gave them, name to value. `user`: whom they logged in as in event `login`.
    `canary`: what they last wrote since then, acknowledged in event `written`. `visits`: the count that their next
    visit must be answered with, None where nobody can tell.
    """

    held: dict[str, str]
    user: str | None
    login: int | None
    canary: str | None
    written: int | None
    visits: int | None


@dataclass(slots=True)
class Seen:
    """A request with what went before it. What several invariants ask of it is settled once, when it is made.

    `calibrated`: the preflight has found the names of the session cookies; otherwise every cookie counts as one.
    `sent`: the session cookies of the request; `keys`: the same as keys of the book; `ids`: what it knows of each.
    `first`: the session cookies of the first hop of the verb that this request ends; `begun`: when that hop was sent,
    since when the verb may have had its effect. `lines`: all Set-Cookie lines.
    `given`: the session cookies that the answer sets or deletes; `issued`: those of them that are new.
    `patience`: the server of somebody else asks to come back later, which is no failure and no loss.
    `early`: among the ids is one that was in a browser before the login of the user whose it is now.
    `done`: the verb did what it is for: as the profile tells; where it tells nothing a redirect is as good as a page.
    `present`: the server took the sender for a user, or at least for somebody whom it knows. A server that tells so
    itself makes a user of anybody by a login, which is no sign that it knew them before.
    """

    request: Request
    server: str
    standing: Standing
    calibrated: bool
    sent: tuple[Pair, ...]
    first: tuple[Pair, ...]
    lines: tuple[str, ...]
    given: tuple[SetCookie, ...]
    issued: tuple[SetCookie, ...]
    keys: tuple[Key, ...]
    ids: tuple[Id | None, ...]
    view: View = NOTHING
    begun: float = 0.0
    patience: bool = False
    sighting: str | None = field(init=False)
    done: bool = field(init=False)
    present: bool = field(init=False)
    early: bool = field(init=False)
    _reading: Reading | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        request, view, sighting = self.request, self.view, self.view.sighting
        self.sighting = sighting
        self.early = bool([1 for known in self.ids if known is not None and known.early and known.user])
        if request.succeeded is None and self.calibrated:
            self.done = request.status is not None and request.status < 400
        else:
            self.done = request.accepted
        if self.calibrated or sighting is not None:
            self.present = sighting in PRESENT or (view.known is True and request.action != "login")
        else:
            self.present = view.known is True or (view.user is not None and request.action != "login")

    @property
    def reading(self) -> Reading:
        """The reply, read once, and only if somebody asks."""
        if self._reading is None:
            self._reading = read(self.request)
        return self._reading

    @property
    def taken_for(self) -> str | None:
        """The user that the server took the sender for, by name where that is known."""
        return self.view.user or (self.request.claims if self.sighting == "this" else None)

    @property
    def someone_else(self) -> bool:
        """The server took the sender for a user that they are not logged in as."""
        if self.sighting is not None:
            if self.sighting == "this":
                return self.standing.user is None and self.request.claims is None
            return self.sighting == "another"
        return self.view.user is not None and self.view.user != self.standing.user

    @property
    def muddled(self) -> str | None:
        """Why this reply decides nothing, in words; None where it may be judged."""
        request = self.request
        if not self.calibrated:
            return None
        if self.patience:
            return "the server asked for patience"
        if request.truncated:
            return "the reply was too long and was cut"
        if self.sighting == "several":
            return "the reply speaks of several users"
        if self.sighting == "not understood":
            return "the reply was not understood"
        return None
