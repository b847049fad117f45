"""A person of a scenario: what they do at their host, each step asked of their agent and written into the history."""

from collections.abc import Sequence
from typing import Any

from ..errors import HarnessFault
from ..judging.events import ClientChange, Request
from ..subjects import external
from ..subjects.abilities import abilities
from ..subjects.exchange import Incoming, Outgoing
from ..subjects.flow import opening
from ..subjects.kinds import Place
from ..subjects.steering import UNOPENED
from . import chance
from .asking import AS_USUAL, Asker, Manner
from .begun import Begun
from .doors import Doors


class Person(Asker):
    """Somebody with a browser of their own at a host. Every request is returned as it was recorded.

    A verb that the subject's profile does not offer is left out, and gives None. `user`: whom they log in as if nothing
    else is said. `note`: what they wrote last. `jar`: name and value of the cookies that the browser holds.
    `connection`: the ip:port that they used last at their host, and the server's port; `connections`: all of this play.
    """

    # What honest people do at the subject

    def visit(self, at: Place | None = None) -> Request | None:
        """Opens the front page, of the subject or of a second one that the stage has started."""
        return self._act("visit", at=at)

    def arrive(self, doors: Doors) -> Request | None:
        """Types the address without https, and goes on from where the server sends them: over TLS, or not."""
        done = self._act("visit", at=doors.plain)
        sent = done is not None and any(
            name.lower() == "location" and value.startswith(doors.secure.url) for name, value in done.headers
        )
        self._place = doors.secure if sent else doors.plain
        return done

    def open_login(self) -> Request | None:
        """Opens the page where people log in, and goes no further: some servers give out no id before that."""
        if opening(self.profile) is None:
            return None
        steps = self._flow("open", {})
        return self._follow("visit", steps, next(steps))

    def create(self) -> Request | None:
        """Makes the account of the person's user, where the profile says how. Their browser may be logged in then."""
        if self.profile.create is None:
            return None
        before, self._claims = self._claims, self.user
        steps = self._flow("create", {})
        done = self._follow("create", steps, next(steps))
        self._claims = before
        return done

    def login(self, user: str | None = None, *, lasting: bool | None = None) -> Request | None:
        """Logs in, as the person's own user if no other is given. Who is refused remains who they were.

        `lasting`: "stay logged in" is ticked, or is not; None: as the server has it where nobody says anything.
        """
        self._remember = "" if lasting is None else "yes" if lasting else "no"
        before, self._claims = self._claims, user or self.user
        with self._paced.login:
            done = self._provision() if external.needed(self.profile) else self._act("login")
        if before and not (done and done.accepted):
            self._claims = before
        return done

    def login_unheard(self) -> Request | None:
        """Logs in, and the reply gets lost on the way: the server has done it, the browser knows nothing of it.

        None where a login sends no request.
        """
        if external.needed(self.profile):
            return None
        before, self._claims = self._claims, self.user
        with self._paced.login:
            done = self._act("login", manner=Manner(lost=True))
        self._claims = before
        self.new_connection()
        return done

    def fail_to_log_in(self, user: str) -> Request | None:
        """Tries to log in with a password that is not the user's."""
        before, self._claims = self._claims, user
        with self._paced.login:
            done = self._act(
                "login",
                manner=Manner(forged="a wrong password"),
                password=f"not-{chance.token(self.name, 'wrong password')[:8]}",
            )
        if not (done and done.accepted):
            self._claims = before
        return done

    def whoami(self) -> Request | None:
        """Asks the server whom it takes this client for."""
        return self._act("whoami")

    def write(self) -> Request | None:
        """Stores a note that nobody else could know: a new canary."""
        if not self.can("write"):
            return None
        self.note = new_canary(self.name)
        return self._act("write")

    def read(self) -> Request | None:
        """Reads the note back."""
        return self._act("read")

    def logout(self) -> Request | None:
        """Logs out. A token that the login gave is forgotten, as the page's script forgets it that has kept it."""
        done = self._act("logout")
        if done is not None:
            self._claims = None
            if not external.needed(self.profile):
                self._headers = ()
        return done

    @property
    def token(self) -> tuple[tuple[str, str], ...]:
        """The headers that the login gave, which go with each request from then on."""
        return self._headers

    def change_password(self) -> Request | None:
        """Gives the user a new password; whoever logs in as that user from now on in this person's name uses it."""
        new = f"Pw-{chance.token(self.name, 'new password')[:16]}"
        done = self._act("change_password", new_password=new, new=new)
        if done is not None and done.accepted and self._claims:
            self._passwords[self._claims] = new
        return done

    def restore_password(self) -> str:
        """Changes it back to what the profile says, for the plays that follow. Where the server refuses that the new
        one stays: it is given back, and used from then on. Empty where all is as before."""
        user = self._claims or self.user
        if user in self._passwords:
            old = str(self.profile.user(user)["password"])
            done = self._act("change_password", new_password=old, new=old)
            if done is not None and done.accepted:
                del self._passwords[user]
        return self._passwords.get(user, "")

    def at_once(self, *verbs: str) -> list[Request]:
        """Several verbs at once, each over a connection of its own, all with the cookies of before.

        Of a verb that takes several requests the first one is sent at once with the others, the rest afterwards.
        """
        offered = [verb for verb in verbs if verb in abilities(self.profile)]
        if "write" in offered:
            self.note = new_canary(self.name)
        flows = [self._flow(verb, {}) for verb in offered]
        outs = [next(each) for each in flows]
        if not outs:
            return []
        wanted = [self._fields(out, self._place, AS_USUAL) for out in outs]
        self._paced.wait(len(wanted))
        replies = self._replied(self._place, "together", requests=wanted)["replies"]
        replies = [self._patient(fields, reply, self._place) for fields, reply in zip(wanted, replies, strict=True)]
        return [
            self._follow(verb, steps, out, reply=reply)
            for verb, steps, out, reply in zip(offered, flows, outs, replies, strict=True)
        ]

    def first_of(self, verb: str) -> Outgoing:
        """The first request of a verb, as it would be sent now."""
        return next(self._flow(verb, {}))

    def begin(self, verb: str, headers: Sequence[tuple[str, str]] = ()) -> Begun | None:
        """Sends the first request of a verb, on a connection of its own as in another tab; see `finish`."""
        if not self.can(verb):
            return None
        before = self._claims, self.note
        if verb == "write":
            self.note = new_canary(self.name)
        elif verb == "login":
            self._claims = self.user
        steps = self._flow(verb, {})
        out = next(steps)
        manner = Manner(headers=tuple(headers))
        fields = self._fields(out, self._place, manner)
        if self._place.server.steering:
            fields["timeout"] += UNOPENED
        self._paced.wait()
        then = self._claims, self.note
        self._claims, self.note = before
        number = self._replied(self._place, "begin", request=fields)["begun"]
        return Begun(verb, steps, out, *then, number, manner)

    def finish(self, begun: Begun, *, gone: bool = False) -> Request:
        """Waits for the reply to what was begun, and does the rest of the verb. It is recorded as of when it was sent.

        With `gone` the person does not wait: the connection is closed.
        """
        seconds = self._seconds() + UNOPENED
        reply = self._agent.ask("drop" if gone else "end", seconds=seconds, held=self._place.held, begun=begun.number)
        now = self._claims, self.note
        self._claims, self.note = begun.claims, begun.note
        try:
            done = self._follow(begun.verb, begun.steps, begun.out, reply=reply, manner=begun.manner)
        finally:
            self._claims, self.note = now
        if begun.verb == "login" and done.accepted:
            self._claims = begun.claims
        elif begun.verb == "logout":
            self._claims = None
        elif begun.verb == "write":
            self.note = begun.note
        return done

    # What others do, and what is done to find out

    def probe(self, out: Outgoing, *, seconds: float, limit: int) -> Incoming:
        """One request as it is given, which belongs to no verb yet. It may take so long and read so many bytes."""
        fields = self._fields(out, self._place, AS_USUAL) | {"timeout": seconds, "limit": limit}
        self._paced.wait()
        reply = self._agent.ask("request", seconds=seconds, **fields)
        self._record("probe", out, reply, self._place, AS_USUAL)
        return self._incoming(out, reply, self._place)

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
        return done.sighting if done else None

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

    def left_to(self, name: str) -> "Person":
        """The same browser in the hands of somebody who has logged in nowhere."""
        person = Person(
            name, self.host, user=name, agent=self._agent, history=self._history, subject=self._subject,
            place=self._place, pace=self._paced, trouble=self._trouble,
        )  # fmt: skip
        person.jar = self.jar
        return person

    # What happens to a client without a request

    def new_browser(self) -> None:
        """Sits down at a browser that has never been used."""
        self._headers, self._claims = (), None
        self._change("arrived", f"at host {self.host}, with a new browser", "reset")

    def browse_with(self, make: str) -> None:
        """Uses a browser that calls itself this, with the cookies as they are: another one, or the same one updated."""
        self.make = make
        self._history.record(ClientChange(person=self.name, change="browser", detail=make))

    def new_connection(self) -> None:
        """Closes the connection; the next request opens another."""
        self._change("new connection", "", "new_connection")

    def from_port(self, port: int | None) -> None:
        """Connects from this port of the host from now on; None: from any."""
        self._change("local port", "any" if port is None else str(port), "local_port", port=port)

    def begin_connections_with(self, text: str | None) -> None:
        """Begins each connection with this from now on, as only proxies do; None: with a request."""
        self._change("preface", text.strip() if text else "none", "preface", text=text)

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


def new_canary(name: str) -> str:
    """A value that nobody else could know, recognisable by its form wherever it turns up."""
    return f"c-{chance.token(name, 'note')[:12]}"
