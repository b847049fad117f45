"""A person of a scenario: what they do at their host, each step asked of their agent and written into the history."""

import secrets
import time
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

from ..errors import HarnessFault
from ..judging.events import ClientChange, Request
from ..judging.history import History
from ..judging.invariants.wording import DROPPED, unanswered, what
from ..subjects import external
from ..subjects.exchange import Incoming, Learnt, Outcome, Outgoing, Seen
from ..subjects.flow import flow
from ..subjects.kinds import Place, Subject
from ..subjects.profile import Profile, abilities
from .agents import TIMEOUT, Agent
from .provide import provided

NO_FAULT = {*DROPPED, "unsendable"}
"""Errors after which the story goes on: the server dropped the request, or HTTP could not carry it."""
FOREIGN_FAULTS = {"timeout", "malformed", "certificate"}
"""Further errors of a server that the lab does not know, which end no play: its reply was no reply."""
DYING = 1.0
"""Seconds within which a server that does not answer at all shows whether it has ended."""
LOGINS = 20
"""Logins in a row, where the profile sets no limit."""
LONGEST_WAIT = 30.0
"""Seconds that a rate limit is waited for, once, before its reply counts."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How a verb is done other than by the browser as it is: what takes the place of its cookies, what comes on top.

    `cookies`: Cookie lines instead of the jar's, () for none, None for the jar's. `keep`: the jar takes what the reply
    sets. `forged`: what was made up or taken from elsewhere, in words. `query`: put behind the path.
    """

    cookies: tuple[str, ...] | None = None
    headers: tuple[tuple[str, str], ...] = ()
    keep: bool = True
    forged: str | None = None
    query: str = ""


AS_USUAL = Manner()


class Person:
    """Somebody with a browser of their own at a host. Every request is returned as it was recorded.

    A verb that the subject's profile does not offer is left out, and gives None. `user`: whom they log in as if nothing
    else is said. `note`: what they wrote last. `jar`: name and value of the cookies that the browser holds.
    `connection`: the ip:port that they used last at their host, and the server's port; `connections`: all of this play.
    """

    def __init__(
        self, name: str, host: str, *, user: str, agent: Agent, history: History, subject: Subject, place: Place
    ) -> None:
        self.name, self.host, self.user = name, host, user
        self.note: str | None = None
        self.jar: tuple[tuple[str, str], ...] = ()
        self.connection: tuple[str, int] | None = None
        self.connections: set[tuple[str, int]] = set()
        self.why = ""
        """What the profile made of the last reply, where it could not make sense of it."""
        self.last: Incoming | None = None
        """The last reply, as it came."""
        self.seen: Seen | None = None
        """What tells the last reply to `whoami` from others, for the preflight to learn from."""
        self._filled: Outgoing | None = None
        self._claims: str | None = None
        self._passwords: dict[str, str] = {}
        self._headers: tuple[tuple[str, str], ...] = ()
        self._agent, self._history, self._subject, self._place = agent, history, subject, place

    @property
    def profile(self) -> Profile:
        return self._subject.profile

    @property
    def learnt(self) -> Learnt | None:
        return self._subject.learnt

    @property
    def patience(self) -> int:
        """How many failed logins, or logins in a row, the subject bears."""
        return self.profile.limits.login_attempts or LOGINS

    @property
    def _foreign(self) -> bool:
        """The subject is not the lab's own: a reply that it does not give says something of it, not of the lab."""
        return self.profile.client == "h11"

    # What honest people do at the subject

    def visit(self, at: Place | None = None) -> Request | None:
        """Opens the front page, of the subject or of a second one that the stage has started."""
        return self._act("visit", at=at)

    def login(self, user: str | None = None) -> Request | None:
        """Logs in, as the person's own user if no other is given. Who is refused remains who they were."""
        before, self._claims = self._claims, user or self.user
        done = self._provision() if external.needed(self.profile) else self._act("login")
        if before and not (done and done.accepted):
            self._claims = before
        return done

    def fail_to_log_in(self, user: str) -> Request | None:
        """Tries to log in with a password that is not the user's."""
        before, self._claims = self._claims, user
        done = self._act("login", manner=Manner(forged="a wrong password"), password=f"not-{secrets.token_hex(4)}")
        if not (done and done.accepted):
            self._claims = before
        return done

    def whoami(self) -> Request | None:
        """Asks the server whom it takes this client for."""
        return self._act("whoami")

    def write(self) -> Request | None:
        """Stores a note that nobody else could know: a new canary."""
        if "write" not in abilities(self.profile):
            return None
        self.note = new_canary()
        return self._act("write")

    def read(self) -> Request | None:
        """Reads the note back."""
        return self._act("read")

    def logout(self) -> Request | None:
        """Logs out."""
        done = self._act("logout")
        if done is not None:
            self._claims = None
        return done

    def change_password(self) -> Request | None:
        """Gives the user a new password; whoever logs in as that user from now on in this person's name uses it."""
        new = f"Pw-{secrets.token_hex(8)}"
        done = self._act("change_password", new_password=new, new=new)
        if done is not None and done.accepted and self._claims:
            self._passwords[self._claims] = new
        return done

    def restore_password(self) -> None:
        """Changes it back to what the profile says, for the plays that follow."""
        user = self._claims or self.user
        if user in self._passwords:
            old = str(self.profile.user(user)["password"])
            done = self._act("change_password", new_password=old, new=old)
            if done is not None and done.accepted:
                del self._passwords[user]

    def at_once(self, *verbs: str) -> list[Request]:
        """Several verbs at once, each over a connection of its own, all with the cookies of before.

        Of a verb that takes several requests the first one is sent at once with the others, the rest afterwards.
        """
        offered = [verb for verb in verbs if verb in abilities(self.profile)]
        if "write" in offered:
            self.note = new_canary()
        flows = [self._flow(verb, {}) for verb in offered]
        outs = [next(each) for each in flows]
        if not outs:
            return []
        wanted = [self._fields(out, self._place, AS_USUAL) for out in outs]
        replies = self._agent.ask("together", seconds=self._seconds(), requests=wanted)["replies"]
        return [
            self._follow(verb, steps, out, reply=reply)
            for verb, steps, out, reply in zip(offered, flows, outs, replies, strict=True)
        ]

    # What others do, and what is done to find out

    def browse(self, neighbour: Place) -> Request:
        """Opens the front page of a server that is not under test."""
        out = Outgoing(method="GET", target="/", headers=(("Accept", "text/html"),))
        reply = self._ask(out, neighbour, AS_USUAL)
        return self._record("neighbour", out, reply, neighbour, AS_USUAL)

    def forge(
        self,
        cookies: str | Sequence[str] | None = None,
        *,
        about: str = "",
        headers: Sequence[tuple[str, str]] = (),
        query: str = "",
        verb: str | None = None,
    ) -> Request:
        """Asks with exactly these Cookie lines in place of the browser's, which stays as it is. None: with its own.

        `verb`: where; by default where the subject says most of whom it takes the client for.
        """
        lines = None if cookies is None else (cookies,) if isinstance(cookies, str) else tuple(cookies)
        manner = Manner(lines, tuple(headers), keep=False, forged=about or "a made-up Cookie header", query=query)
        verb = verb or ("visit" if "visits" in self.profile.says else "whoami")
        done = self._act(verb, action="forge", manner=manner)
        if done is None:
            raise HarnessFault(f"the profile has no {verb}, so {self.name} has no page to bring a forged request to")
        return done

    def in_company(self, cookies: str | Sequence[str], *, about: str, parsing: bool = False) -> str | None:
        """Asks who one is, with these Cookie lines: the browser's own in company of others'. Gives the sighting.

        The browser stays as it is, so that each try stands alone. `parsing`: what comes out may be the doing of the HTTP
        server underneath, so it is judged only where the profile says that the application parses cookies itself.
        """
        lines = (cookies,) if isinstance(cookies, str) else tuple(cookies)
        action = "forge" if parsing and not self.profile.parses_cookies else "whoami"
        done = self._act("whoami", action=action, manner=Manner(lines, keep=False, forged=about))
        return done.view.sighting if done and done.view else None

    @property
    def cookie_header(self) -> str:
        """All that the browser holds, as one Cookie line."""
        return "; ".join(f"{name}={value}" for name, value in self.jar)

    def form_fields(self) -> list[tuple[str, str]]:
        """What the last form was sent with: which field took the user, which the password, and what else went along."""
        if self._filled is None:
            return []
        pairs = self._filled.form or self._filled.multipart or ()
        known = self._variables()
        kinds = {known["username"]: "user field", known["password"]: "password field"}
        rows = [(kinds[value], name) for name, value in pairs if value and value in kinds]
        others = [name for name, value in pairs if value not in kinds]
        return [*rows, ("hidden fields kept", ", ".join(others) or "none")]

    def session(self) -> tuple[tuple[str, str], ...]:
        """The cookies that make up the session: those that the preflight has found, else all."""
        names = self.learnt.session_cookies if self.learnt else None
        return tuple(pair for pair in self.jar if names is None or pair[0] in names)

    # What happens to a client without a request

    def new_browser(self) -> None:
        """Sits down at a browser that has never been used."""
        self._headers, self._claims = (), None
        self._change("arrived", f"at host {self.host}, with a new browser", "reset")

    def new_connection(self) -> None:
        """Closes the connection; the next request opens another."""
        self._change("new connection", "", "new_connection")

    def from_port(self, port: int | None) -> None:
        """Connects from this port of the host from now on; None: from any."""
        self._change("local port", "any" if port is None else str(port), "local_port", port=port)

    def close_browser(self) -> None:
        """Closes the browser: connections and session cookies end, lasting cookies stay."""
        self._change("closed browser", "", "close_browser")

    def advance_clock(self, seconds: int) -> None:
        """Lets time pass for the browser: cookies expire by its clock."""
        self._change("clock moved", f"{seconds} s later", "clock", advance=seconds)

    def plant_cookie(self, name: str, value: str) -> None:
        """Puts a cookie for the subject's host into the browser, as another site or script on that host can."""
        self._change("cookie planted", f"{name}={value}", "set_cookie", name=name, value=value, url=self._place.url)

    def delete_cookie(self, name: str) -> None:
        """Deletes a cookie, as people do."""
        self._change("cookie deleted", name, "delete_cookie", name=name)

    def _change(self, change: str, detail: str, do: str, **fields: Any) -> None:
        reply = self._agent.ask(do, **fields)
        if not reply.get("ok"):
            raise HarnessFault(f"{self.name}'s client could not do '{do}' with {fields}: {reply.get('error')}")
        self._see_jar(reply)
        self._history.record(ClientChange(person=self.name, change=change, detail=detail))

    def _see_jar(self, reply: Mapping[str, Any]) -> None:
        self.jar = tuple((cookie["name"], cookie["value"]) for cookie in reply["jar"])

    # One verb, hop by hop

    def _variables(self) -> dict[str, Any]:
        user = self._claims or self.user
        there = isinstance(self.profile.users, str) or user in self.profile.users
        known = dict(self.profile.user(user)) if there else {"username": user, "password": "", "marker": user}
        if user in self._passwords:
            known["password"] = self._passwords[user]
        known |= {"canary": self.note or "", "port": str(self._place.port)}
        if self._claims is None:
            known.pop("name", None)  # who has not logged in claims to be nobody
        return known

    def _flow(self, verb: str, more: Mapping[str, Any]) -> Generator[Outgoing, Incoming, Outcome]:
        variables = self._variables() | dict(more)
        return flow(self.profile, verb, variables, self.learnt)

    def _act(
        self,
        verb: str,
        *,
        action: str | None = None,
        manner: Manner = AS_USUAL,
        at: Place | None = None,
        **more: Any,
    ) -> Request | None:
        if verb not in abilities(self.profile):
            return None
        steps = self._flow(verb, more)
        return self._follow(verb, steps, next(steps), action=action or verb, place=at, manner=manner)

    def _follow(
        self,
        verb: str,
        steps: Generator[Outgoing, Incoming, Outcome],
        out: Outgoing,
        *,
        action: str = "",
        place: Place | None = None,
        manner: Manner = AS_USUAL,
        reply: dict[str, Any] | None = None,
    ) -> Request:
        """Plays a verb to its end: every hop but the last is a `step` of it."""
        action, place = action or verb, place or self._place
        while True:
            reply = reply or self._ask(out, place, manner)
            self.last = self._incoming(out, reply, place)
            try:
                following = steps.send(self.last)
            except StopIteration as end:
                outcome: Outcome = end.value
                break
            self._record("forge" if action == "forge" else "step", out, reply, place, manner, part_of=verb)
            out, reply = following, None
            if out.form or out.multipart:
                self._filled = out
        self.why, self.seen = outcome.why, outcome.seen or self.seen
        if outcome.headers:
            self._headers = tuple(outcome.headers)
        return self._record(action, out, reply, place, manner, outcome=outcome)

    def _provision(self) -> Request | None:
        """A login without requests: cookies or headers that come from elsewhere. Proven by asking who one is."""
        found = provided(self.profile, self._claims or self.user, self._place.url)
        self._headers, url = found.headers, self._place.url
        if found.cookies:
            planted = [{"url": url, "name": name, "value": value} for name, value in found.cookies.items()]
            self._see_jar(self._agent.ask("set_jar", cookies=planted))
        return self._act("whoami", action="login")

    def _seconds(self) -> float:
        return self.profile.limits.reply_seconds if self._foreign else TIMEOUT

    def _fields(self, out: Outgoing, place: Place, manner: Manner) -> dict[str, Any]:
        """The request as the agent's line protocol wants it."""
        target = out.target
        if manner.query:
            target += ("&" if "?" in target else "?") + manner.query
        url = target if "://" in target else place.url + target
        headers = [list(pair) for pair in (*out.headers, *self._headers, *manner.headers)]
        fields: dict[str, Any] = {"method": out.method, "url": url, "timeout": self._seconds()}
        for name in ("json", "form", "multipart", "text"):
            if (value := getattr(out, name)) is not None:
                fields[name] = value
        if manner.cookies is not None:
            fields["cookies"] = list(manner.cookies)
        if not manner.keep:
            fields["keep"] = False
        if self._foreign or len(manner.cookies or ()) > 1:  # requests cannot send two Cookie lines
            fields |= {"via": "h11", "headers": headers, "limit": self.profile.limits.reply_bytes}
            if place.connect:
                fields["connect"] = place.connect
            if url.startswith("https:"):
                fields["tls"] = self._tls()
        else:
            fields["headers"] = dict(headers)
        return fields

    def _tls(self) -> dict[str, Any]:
        if not self.profile.verify:
            return {"verify": False}
        return {"ca": (self.profile.folder / self.profile.ca).read_text(encoding="ascii")} if self.profile.ca else {}

    def _ask(self, out: Outgoing, place: Place, manner: Manner) -> dict[str, Any]:
        fields = self._fields(out, place, manner)
        self._pace()
        reply = self._agent.ask("request", seconds=self._seconds(), **fields)
        if reply.get("status") == 429:
            wait = _retry_after(reply)
            if 0 < wait <= LONGEST_WAIT:
                time.sleep(wait)  # it is the server that asks for this time
                reply = self._agent.ask("request", seconds=self._seconds(), **fields)
        return reply

    def _pace(self) -> None:
        rate = self.profile.limits.requests_per_second
        if rate:
            time.sleep(1 / rate)

    def _incoming(self, out: Outgoing, reply: Mapping[str, Any], place: Place) -> Incoming:
        return Incoming(
            url=urljoin(place.url + "/", out.target),
            method=out.method,
            status=reply.get("status"),
            headers=tuple((name, value) for name, value in reply.get("headers", ())),
            body=reply.get("body", ""),
            error=(reply.get("error") or {}).get("kind"),
            truncated=reply.get("truncated", False),
            jar={cookie["name"]: cookie["value"] for cookie in reply["jar"]},
        )

    def _record(
        self,
        action: str,
        out: Outgoing,
        reply: Mapping[str, Any],
        place: Place,
        manner: Manner,
        *,
        part_of: str | None = None,
        outcome: Outcome | None = None,
    ) -> Request:
        error = reply.get("error") or {}
        honest_write = action in {"write", "read"}
        request = Request(
            at=reply["at"],
            person=self.name,
            host=self.host,
            action=action,
            method=out.method,
            url=urljoin(place.url + "/", out.target),
            local=reply["local"],
            cookies_sent=reply["cookies_sent"],
            claims=self._claims,
            canary=self.note if honest_write else None,
            status=reply.get("status"),
            error=error.get("kind"),
            error_text=error.get("text"),
            headers=tuple((name, value) for name, value in reply.get("headers", ())),
            body=reply.get("body", ""),
            view=outcome.view if outcome else None,
            elapsed=reply["elapsed"],
            resent=reply["resent"],
            part_of=part_of,
            forged=manner.forged,
            succeeded=outcome.succeeded if outcome else None,
            truncated=reply.get("truncated", False),
        )
        self._see_jar(reply)
        self.connection = (request.local, place.port) if request.local else None
        if self.connection:
            self.connections.add(self.connection)
        recorded = self._history.record(request)
        tolerable = NO_FAULT | FOREIGN_FAULTS if self._foreign else NO_FAULT
        if request.error and request.error not in tolerable:
            place.server.check(DYING)
            raise HarnessFault(place.server.describe(self._fault(request)))
        if unanswered(request) or request.error:
            place.server.check()
        return recorded

    def _fault(self, request: Request) -> str:
        host = urlsplit(request.url).netloc
        return f"{self.name}'s {what(request)} to {host} got no answer ({request.error}): {request.error_text}"


def new_canary() -> str:
    """A value that nobody else could know, recognisable by its form wherever it turns up."""
    return f"c-{secrets.token_hex(6)}"


def _retry_after(reply: Mapping[str, Any]) -> float:
    value = next((value for name, value in reply.get("headers", ()) if name.lower() == "retry-after"), "")
    return float(value) if value.isdecimal() and len(value) < 6 else 0.0
