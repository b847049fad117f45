"""How a person's agent is asked: one verb of the profile, hop by hop, each exchange written into the history."""

import time
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

from ..errors import DeadlineExceeded, HarnessFault, UsageError
from ..judging.events import Request
from ..judging.history import History
from ..judging.invariants.wording import DROPPED, unanswered, what
from ..subjects.abilities import abilities, missing
from ..subjects.exchange import Incoming, Learnt, Outcome, Outgoing, Seen
from ..subjects.flow import flow
from ..subjects.kinds import Place, Subject
from ..subjects.profile import Profile
from .agents import TIMEOUT, Agent
from .pace import Pace
from .provide import Inside, provided
from .replied import closes, kept, retry_after

NO_FAULT = {*DROPPED, "unsendable", "lost"}
"""Errors after which the story goes on: the server dropped the request, HTTP could not carry it, or it was to be lost."""
FOREIGN_FAULTS = {"timeout", "malformed", "certificate"}
"""Further errors of a server that the lab does not know, which end no play: its reply was no reply."""
DYING = 1.0
"""Seconds within which a server that does not answer at all shows whether it has ended."""
IN_TROUBLE = 0.3
"""Seconds for a request whose reply will not come, as the network is in trouble."""
LOGINS = 20
"""Logins in a row, where the profile sets no limit."""
HELD = 3600.0
"""Seconds after which also a client gives up whose server may be held up, as by a debugger."""
LONGEST_WAIT = 30.0
"""Seconds that a rate limit is waited for, once, before its reply counts."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How a verb is done other than by the browser as it is: what takes the place of its cookies, what comes on top.

    `cookies`: Cookie lines instead of the jar's, () for none, None for the jar's. `keep`: the jar takes what the reply
    sets. `lost`: the replies to all but GET are lost on the way. `forged`: what was made up or taken from elsewhere, in words. `query`: put behind the path.
    """

    cookies: tuple[str, ...] | None = None
    headers: tuple[tuple[str, str], ...] = ()
    keep: bool = True
    forged: str | None = None
    query: str = ""
    lost: bool = False


AS_USUAL = Manner()


class Asker:
    """A person's agent, and what is known of the person while verbs are played.

    `why`: what the profile made of the last reply. `last`: that reply as it came. `seen`: what tells the last reply to
    `whoami` from others, for the preflight to learn from.
    """

    def __init__(
        self,
        name: str,
        host: str,
        *,
        user: str,
        agent: Agent,
        history: History,
        subject: Subject,
        place: Place,
        pace: Pace,
        trouble: Mapping[str, str],
    ) -> None:
        self.name, self.host, self.user = name, host, user
        self.note: str | None = None
        self.jar: tuple[tuple[str, str], ...] = ()
        self.connection: tuple[str, int] | None = None
        self.connections: set[tuple[str, int]] = set()
        self.way: str | None = None
        """Where they connect to in place of the URL's host, as ip:port: the same browser over another protocol."""
        self.closes = False
        """The server ended the connection with its last reply, so the next request opens another."""
        self.insists = False
        """What the profile does not say how to do is a mistake, and not left out: in a test, where somebody has written it."""
        self.make = ""
        """What the browser calls itself (User-Agent); empty: as the client does."""
        self.why = ""
        self.last: Incoming | None = None
        self.seen: Seen | None = None
        self._filled: Outgoing | None = None
        self._claims: str | None = None
        self._remember = ""
        self._passwords = subject.passwords
        self._headers: tuple[tuple[str, str], ...] = ()
        self._agent, self._history, self._subject, self._place = agent, history, subject, place
        self._paced, self._trouble = pace, trouble

    @property
    def profile(self) -> Profile:
        return self._subject.profile

    @property
    def learnt(self) -> Learnt | None:
        return self._subject.learnt

    @property
    def port(self) -> int:
        """The subject's port."""
        return self._place.port

    @property
    def software(self) -> str:
        """What the HTTP server underneath calls itself, by its last reply."""
        last = self.last
        named = last and (last.header("Server") or last.header("X-Powered-By"))
        return named or "an HTTP server that does not say its name"

    @property
    def patience(self) -> int:
        """How many failed logins, or logins in a row, the subject bears."""
        return self.profile.limits.login_attempts or LOGINS

    @property
    def _foreign(self) -> bool:
        """The subject is not the lab's own: a reply that it does not give says something of it, not of the lab."""
        return self.profile.client == "h11"

    def can(self, verb: str) -> bool:
        """Whether the profile says how to do it. UsageError with the line to add where the person insists on it."""
        there = verb in abilities(self.profile)
        if self.insists and not there:
            raise UsageError(f"{self.name} cannot do that: {missing(self.profile, verb)}")
        return there

    # One verb, hop by hop

    def _variables(self) -> dict[str, Any]:
        user = self._claims or self.user
        there = isinstance(self.profile.users, str) or user in self.profile.users
        known = dict(self.profile.user(user)) if there else {"username": user, "password": "", "marker": user}
        if user in self._passwords:
            known["password"] = self._passwords[user]
        known.setdefault("remember", self._remember)
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
        if not self.can(verb):
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
        at_host = self.profile.run and not self.profile.image
        inside = Inside(self._agent.engine, self.host, self._place.connect) if at_host else None
        # a container is reached from this machine too, at the address that it has in the lab
        url = f"http://{self._place.connect}" if self.profile.contained else self._place.url
        found = provided(self.profile, self._claims or self.user, url, inside, self._ca(self._place))
        self._headers, url = found.headers, self._place.url
        if found.cookies:
            planted = [{"url": url, "name": name, "value": value} for name, value in found.cookies.items()]
            self._see_jar(self._agent.ask("set_jar", cookies=planted))
        return self._act("whoami", action="login")

    def _see_jar(self, reply: Mapping[str, Any]) -> None:
        self.jar = tuple((cookie["name"], cookie["value"]) for cookie in reply["jar"])

    def _seconds(self) -> float:
        if self.host in self._trouble:
            return IN_TROUBLE
        return self.profile.limits.reply_seconds if self._foreign else TIMEOUT

    def _fields(self, out: Outgoing, place: Place, manner: Manner) -> dict[str, Any]:
        """The request as the agent's line protocol wants it."""
        target = _target(out, manner)
        url = target if "://" in target else place.url + target
        make = [("User-Agent", self.make)] if self.make else []
        headers = [list(pair) for pair in (*make, *out.headers, *self._headers, *manner.headers)]
        fields: dict[str, Any] = {"method": out.method, "url": url, "timeout": HELD if place.held else self._seconds()}
        for name in ("json", "form", "multipart", "text"):
            if (value := getattr(out, name)) is not None:
                fields[name] = value
        if manner.cookies is not None:
            fields["cookies"] = list(manner.cookies)
        if not manner.keep:
            fields["keep"] = False
        if manner.lost and out.method != "GET":
            fields["lost"] = True
        way = self.way or place.connect
        plain = not (self._foreign or len(manner.cookies or ()) > 1 or self.way or url.startswith("https:"))
        if not plain:  # what requests cannot do
            fields |= {"via": "h11", "headers": headers, "limit": self.profile.limits.reply_bytes}
            if way:
                fields["connect"] = way
            if url.startswith("https:"):
                fields["tls"] = {"ca": self._ca(place)} if self.profile.verify else {"verify": False}
        else:
            fields["headers"] = dict(headers)
        return fields

    def _ca(self, place: Place) -> str:
        """The certificates in PEM that are believed beside the machine's: the lab's own, or those of the profile."""
        named = self.profile.ca
        return place.ca or ((self.profile.folder / named).read_text(encoding="ascii") if named else "")

    def _ask(self, out: Outgoing, place: Place, manner: Manner) -> dict[str, Any]:
        fields = self._fields(out, place, manner)
        self._paced.wait()
        return self._patient(fields, self._replied(place, "request", **fields), place)

    def _replied(self, place: Place, do: str, **fields: Any) -> dict[str, Any]:
        """What the agent says to one step. HarnessFault where a subject that may be held up is late, and is not."""
        try:
            return self._agent.ask(do, seconds=self._seconds(), held=place.held, **fields)
        except DeadlineExceeded:
            if place.held is None:
                raise
            late = f"{self.name} got no answer within {self._seconds():g} s; limits: {{reply_seconds: ...}} gives it longer"
            raise HarnessFault(place.server.describe(late)) from None

    def _patient(self, fields: Mapping[str, Any], reply: dict[str, Any], place: Place) -> dict[str, Any]:
        """The reply, or the one after the wait that a server asked for which limits the rate."""
        if reply.get("status") == 429 and 0 < (wait := retry_after(reply)) <= LONGEST_WAIT:
            time.sleep(wait)  # it is the server that asks for this time
            self._paced.wait()
            return self._replied(place, "request", **fields)
        return reply

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
            url=urljoin(place.url + "/", _target(out, manner)),
            local=reply["local"],
            cookies_sent=reply["cookies_sent"],
            claims=self._claims,
            canary=self.note if honest_write else None,
            status=reply.get("status"),
            error=error.get("kind"),
            error_text=error.get("text"),
            headers=tuple((name, value) for name, value in reply.get("headers", ())),
            body=kept(reply.get("body", "")),
            view=outcome.view if outcome else None,
            elapsed=reply["elapsed"],
            resent=reply["resent"],
            part_of=part_of,
            forged=manner.forged,
            succeeded=outcome.succeeded if outcome else None,
            truncated=reply.get("truncated", False),
            trouble=self._trouble.get(self.host) if reply.get("status") is None else None,
        )
        self._see_jar(reply)
        self.closes = closes(reply)
        self.connection = (request.local, place.port) if request.local else None
        if self.connection:
            self.connections.add(self.connection)
        recorded = self._history.record(request)
        tolerable = NO_FAULT | FOREIGN_FAULTS if self._foreign else NO_FAULT
        if request.error and request.error not in tolerable and not request.trouble:
            place.server.check(DYING)
            raise HarnessFault(place.server.describe(self._fault(request)))
        if unanswered(request) or request.error:
            place.server.check()
        return recorded

    def _fault(self, request: Request) -> str:
        host = urlsplit(request.url).netloc
        return f"{self.name}'s {what(request)} to {host} got no answer ({request.error}): {request.error_text}"


def _target(out: Outgoing, manner: Manner) -> str:
    """What is asked for, with what is put behind the path."""
    return f"{out.target}{'&' if '?' in out.target else '?'}{manner.query}" if manner.query else out.target
