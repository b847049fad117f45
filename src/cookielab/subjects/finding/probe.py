"""How finding out asks: browsers at two addresses, and the bounds on what they may ask and how long it may take."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from ..exchange import Incoming, Learnt, Outcome, Outgoing, Pairs
from ..flow import flow
from ..forms import NoForm
from ..profile import Profile
from ..sight import limited
from ..talk import Flow, Stop, Talk

REQUESTS = 200
SECONDS = 20.0
"""What finding out may take, all in all; logins and sign-ups do not count, for passwords are hashed slowly on purpose, nor do
the first pages that a server compiles when they are asked for."""
WHOLE = 60.0
"""Seconds after which it is over in any case."""
PAGE, LOGIN = 5.0, 10.0
"""Seconds that one reply may take; one for which a password is hashed."""
WAITED = 2.0
"""Seconds that a server which limits the rate is waited for, once each time it asks."""


class Enough(Exception):
    """The bounds are reached, or the server wants no more. The text says which."""


class Browser(Protocol):
    """One browser at an address that it shares with nobody who is asked for here."""

    def send(self, out: Outgoing, seconds: float) -> Incoming:
        """One request, with the cookies of the browser; redirects are not followed."""

    def fresh(self) -> None:
        """From now on it is a browser that has never been used."""

    def wait(self, seconds: float) -> None:
        """Lets so much time pass, because the server asks for it."""


class Probe(Protocol):
    """What finding out may use of a lab."""

    def browsers(self) -> tuple[Browser, Browser]:
        """Two, at two addresses."""


class Budget:
    """How much may still be asked. Parts of it are given to one question each, so that none takes all."""

    def __init__(self, requests: int = REQUESTS, seconds: float = SECONDS) -> None:
        self.asked, self._most, self._all = 0, requests, requests
        self._begun = time.monotonic()
        self._end = self._last = self._begun + seconds
        self._slow = False
        self.second_chances = 2
        self.stopped = ""

    @property
    def seconds(self) -> float:
        """How long it has taken so far."""
        return time.monotonic() - self._begun

    @property
    def left(self) -> float:
        """Seconds that are left of the part."""
        return self._end - time.monotonic()

    @property
    def patience(self) -> float:
        """Seconds that the next reply may take."""
        if self._slow:
            return max(0.2, min(LOGIN, self._begun + WHOLE - time.monotonic()))
        return max(0.2, min(PAGE, self.left))

    @contextmanager
    def unhurried(self) -> Iterator[None]:
        """What is done within it takes no time of the bounds, until all is over."""
        before, self._slow, begun = self._slow, True, time.monotonic()
        try:
            yield
        finally:
            self._slow = before
            if not before:
                took = time.monotonic() - begun
                self._end, self._last = self._end + took, min(self._last + took, self._begun + WHOLE)

    @property
    def over(self) -> str:
        """Why nothing more is asked at all; empty while that is not so."""
        if self.stopped:
            return self.stopped
        if self.asked >= self._all:
            return f"{self._all} requests are as many as finding out may take"
        if time.monotonic() >= (self._begun + WHOLE if self._slow else self._last):
            return f"{self.seconds:.0f} s are as long as finding out may take"
        return ""

    def take(self) -> None:
        """One more request; Enough where there may be none."""
        if why := self.over:
            raise Enough(why)
        if self.asked >= self._most or (self.left <= 0 and not self._slow):
            raise Enough("its share is used up")
        self.asked += 1

    @contextmanager
    def part(self, requests: int, seconds: float) -> Iterator[None]:
        """Within it at most so much is asked; what is beyond ends the part alone."""
        most, end = self._most, self._end
        self._most = min(most, self.asked + requests)
        self._end = mine = min(end, time.monotonic() + seconds)
        try:
            yield
        except Enough:
            pass
        finally:
            self._most, self._end = most, end + self._end - mine


class Visitor:
    """Somebody who tries things out. `headers`: a token that a login gave. `trail`: the replies of what was done last."""

    def __init__(self, browser: Browser, budget: Budget) -> None:
        self._browser, self.budget = browser, budget
        self.headers: Pairs = ()
        self.trail: list[Incoming] = []
        self.met: list[Incoming] = []
        """All replies so far, of the first hundred requests."""

    def fresh(self) -> None:
        """A new browser, without cookies and tokens."""
        self._browser.fresh()
        self.headers = ()

    def get(self, profile: Profile, target: str, *, follow: bool = True) -> Incoming:
        """A page, as a browser asks for it."""
        return self.ask(profile, Outgoing(method="GET", target=target), follow=follow)

    def ask(self, profile: Profile, out: Outgoing, *, follow: bool = False) -> Incoming:
        """The last reply to a request; where it leads away from the server, the one that says so."""
        talk = Talk(profile, {"port": "", "username": "", "marker": ""})
        try:
            return self.drive(talk.send(out, follow=follow))
        except Stop:
            return self.trail[-1]

    def play(
        self, profile: Profile, verb: str, variables: dict[str, str], learnt: Learnt | None = None
    ) -> tuple[Outcome, Incoming]:
        """One verb of a profile, and the last reply to it. A token that it gives is sent from then on."""
        if verb in ("login", "create", "change_password"):
            with self.budget.unhurried():
                outcome = self.drive(flow(profile, verb, variables, learnt))
        else:
            outcome = self.drive(flow(profile, verb, variables, learnt))
        self.headers = outcome.headers or self.headers
        return outcome, self.trail[-1]

    def drive[T](self, steps: Flow[T]) -> T:
        """Plays a conversation to its end."""
        self.trail = []
        try:
            out = next(steps)
            while True:
                out = steps.send(self._send(out))
        except StopIteration as end:
            value: T = end.value
            return value

    def _send(self, out: Outgoing) -> Incoming:
        reply = self._once(out)
        if reply.status == 429:
            wait = limited(reply) or 0.0
            if wait > min(WAITED, self.budget.patience):
                self.budget.stopped = f"the server limits the rate (429 for {out.method} {out.target[:60]})"
                raise Enough(self.budget.stopped)
            self._browser.wait(wait)
            reply = self._once(out)
        self.trail.append(reply)
        if len(self.met) < 100:
            self.met.append(reply)
        return reply

    def _once(self, out: Outgoing) -> Incoming:
        self.budget.take()
        named = {name.lower() for name, _ in self.headers}
        headers = tuple(pair for pair in out.headers if pair[0].lower() not in named) + self.headers
        sent = Outgoing(
            method=out.method, target=out.target, headers=headers, json=out.json, form=out.form, multipart=out.multipart,
            text=out.text,
        )  # fmt: skip
        reply = self._browser.send(sent, self.budget.patience)
        if reply.error == "timeout" and self.budget.second_chances:
            # a server that compiles a page when it is first asked for
            self.budget.second_chances -= 1
            with self.budget.unhurried():
                self.budget.take()
                return self._browser.send(sent, self.budget.patience)
        return reply


__all__ = ["Browser", "Budget", "Enough", "NoForm", "Probe", "Visitor"]
