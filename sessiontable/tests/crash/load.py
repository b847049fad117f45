"""Clients that use the app all the time, note what it acknowledged, and hold every reply against that."""

import http.client
import json
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from threading import Event
from typing import Any

_KEYS = ["basket", "page", "theme", "draft"]
_PATIENCE = 30.0
_REMEMBERED = 20  # dead ids, tried again now and then


class BrokenPromiseError(Exception):
    """A reply that must not be; the text says which promise it breaks, and what this client knows."""


class UnansweredError(Exception):
    """Nobody knows whether it was done: the connection broke, or the store was away (503)."""


@dataclass
class Client:
    """One browser and one user. `acknowledged`: the newest number per key that the app said it had stored.

    `attempted`: larger numbers whose reply was lost: each of them may be there or not.
    """

    name: str
    address: tuple[str, int]
    random: Random
    counts: Counter[str] = field(default_factory=Counter)
    cookie: str | None = None
    user: str | None = None
    acknowledged: dict[str, int] = field(default_factory=dict)
    attempted: dict[str, set[int]] = field(default_factory=dict)
    dead: list[str] = field(default_factory=list)
    number: int = 0
    connection: http.client.HTTPConnection | None = None

    def run(self, stop: Event) -> None:
        """Steps at random until told to stop, then a last look."""
        try:
            while not stop.is_set():
                self.step()
            self.look()
            for cookie in self.dead:
                self.look_with_dead(cookie)
        finally:
            if self.connection:
                self.connection.close()

    def step(self) -> None:
        try:
            match self.random.random():
                case chance if chance < 0.55:
                    self.write()
                case chance if chance < 0.80:
                    self.look()
                case chance if chance < 0.88:
                    self.login()
                case chance if chance < 0.93:
                    self.logout()
                case _ if self.dead:
                    self.look_with_dead(self.random.choice(self.dead))
        except UnansweredError:
            self.counts["unanswered"] += 1

    def write(self) -> None:
        """A larger number than ever before, for one of the keys."""
        name, self.number = self.random.choice(_KEYS), self.number + 1
        begins = self.cookie is None
        if not begins:
            self.attempted.setdefault(name, set()).add(self.number)
        reply = self.ask(f"/write?name={name}&value={self.number}")
        if reply["values"].get(name) != self.number:
            self.broken(f"wrote {name}={self.number} and was told {reply}")
        self.acknowledged[name] = self.number
        self.attempted.pop(name, None)
        self.counts["writes"] += 1
        self.check(reply)

    def login(self) -> None:
        """Until it is answered: a lost reply is made up for by the same login again, with the old cookie.

        Twice in a row lost, and what the session held may be gone, the login itself being all that is promised.
        """
        old, tries = self.cookie, 0
        while True:
            tries += 1
            try:
                reply = self.ask(f"/login?user={self.name}")
                break
            except UnansweredError:
                self.counts["unanswered"] += 1
        if tries > 1:
            self.counts["logins completed"] += 1
        if tries > 2 and reply["values"].keys() <= {"canary"}:
            self.forget()
        self.user = self.name
        if old == self.cookie:
            self.broken("logged in and was given no new id")
        if old:
            self.bury(old)
        self.counts["logins"] += 1
        self.check(reply)

    def logout(self) -> None:
        """Until it is answered; from then on the old id is dead."""
        if (old := self.cookie) is None:
            return
        while True:
            try:
                self.ask("/logout", cookie=old)
                break
            except UnansweredError:
                self.counts["unanswered"] += 1
        self.cookie = self.user = None
        self.forget()
        self.bury(old)
        self.counts["logouts"] += 1

    def look(self) -> None:
        self.counts["looks"] += 1
        self.check(self.ask("/read"))

    def look_with_dead(self, cookie: str) -> None:
        reply = self.ask("/read", cookie=cookie, foreign=True)
        self.counts["looks with dead ids"] += 1
        if reply["user"] or reply["values"]:
            self.broken(f"the dead id {cookie} opens {reply}")

    def check(self, reply: dict[str, Any]) -> None:
        """Holds a whole session against what this client knows."""
        values = dict(reply["values"])
        if reply["user"] != self.user:
            self.broken(f"this is {self.user} and was told {reply}")
        if (canary := values.pop("canary", None)) != self.user:
            self.broken(f"found the canary of {canary}: {reply}")
        for name in self.acknowledged.keys() | values.keys():
            known = self.acknowledged.get(name)
            if values.get(name) != known and values.get(name) not in self.attempted.get(name, ()):
                self.broken(f"{name} is {values.get(name)}, acknowledged was {known}: {reply}")
        self.counts["values checked"] += len(self.acknowledged)

    def broken(self, how: str) -> None:
        raise BrokenPromiseError(f"{self.name}: {how}; unanswered writes: {self.attempted}")

    def forget(self) -> None:
        self.acknowledged.clear()
        self.attempted.clear()

    def bury(self, cookie: str) -> None:
        self.dead = [*self.dead[-_REMEMBERED:], cookie]

    def ask(self, what: str, cookie: str | None = None, *, foreign: bool = False) -> dict[str, Any]:
        """The reply to one request. Keeps the cookie that comes with it, unless it was sent with a foreign one.

        Raises UnansweredError where there is no reply, or a 503, which must not touch the cookie.
        """
        sent = cookie or self.cookie
        if self.connection is None:
            self.connection = http.client.HTTPConnection(*self.address, timeout=_PATIENCE)
        try:
            self.connection.request("GET", what, headers={"Cookie": sent} if sent else {})
            reply = self.connection.getresponse()
            body = reply.read()
        except TimeoutError:
            self.broken(f"no answer to {what} within {_PATIENCE:g} s")
            raise
        except (http.client.HTTPException, OSError) as error:
            self.connection.close()
            self.connection = None
            raise UnansweredError from error
        given = reply.headers.get("Set-Cookie")
        if reply.status == 503:
            self.counts["503"] += 1
            if given:
                self.broken(f"a 503 sets a cookie: {given}")
            raise UnansweredError
        if reply.status != 200:
            self.broken(f"{what} was answered with {reply.status}: {body!r}")
        if given and not foreign:
            self.cookie = given.partition(";")[0]
        found: dict[str, Any] = json.loads(body)
        return found
