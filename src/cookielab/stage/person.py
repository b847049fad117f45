"""A person of a scenario: what they do at their host, each step asked of their agent and written into the history."""

import json
import secrets
from typing import Any
from urllib.parse import urlsplit

from ..errors import HarnessFault
from ..judging.events import ClientChange, Request, View
from ..judging.history import History
from ..judging.invariants.wording import DROPPED, unanswered, what
from ..subjects.servers import Server
from .agents import TIMEOUT, Agent

NO_FAULT = {*DROPPED, "unsendable"}
"""Errors after which the story goes on: the server dropped the request, or HTTP could not carry it."""
DYING = 1.0
"""Seconds within which a server that does not answer at all shows whether it has ended."""


class Person:
    """Somebody with a browser of their own at a host. Every request is returned as it was recorded.

    `note`: what they wrote last. `jar`: name and value of the cookies that the browser holds. `connection`: the
    ip:port that they used last at their host, and the server's port; `connections`: all that they have had.
    """

    def __init__(self, name: str, host: str, *, agent: Agent, history: History, subject: Server) -> None:
        self.name, self.host = name, host
        self.note: str | None = None
        self.jar: tuple[tuple[str, str], ...] = ()
        self.connection: tuple[str, int] | None = None
        self.connections: set[tuple[str, int]] = set()
        self._user: str | None = None
        self._agent, self._history, self._subject = agent, history, subject

    # What honest people do at the subject

    def visit(self, at: Server | None = None) -> Request:
        """Opens the front page, of the subject or of another server that the stage has started."""
        return self._request("visit", "GET", "/", server=at)

    def login(self, user: str | None = None) -> Request:
        """Logs in, under the person's own name if no other is given."""
        self._user = user or self.name
        return self._request("login", "POST", "/login", json={"user": self._user})

    def whoami(self) -> Request:
        """Asks the server whom it takes this client for."""
        return self._request("whoami", "GET", "/whoami")

    def write(self) -> Request:
        """Stores a note that nobody else could know: a new canary."""
        self.note = f"c-{secrets.token_hex(6)}"
        return self._request("write", "PUT", "/note", canary=self.note, json={"note": self.note})

    def read(self) -> Request:
        """Reads the note back."""
        return self._request("read", "GET", "/note", canary=self.note)

    def logout(self) -> Request:
        """Logs out."""
        done = self._request("logout", "POST", "/logout")
        self._user = None
        return done

    # What others do

    def browse(self, neighbour: Server) -> Request:
        """Opens the front page of a server that is not under test."""
        return self._request("neighbour", "GET", "/", server=neighbour)

    def forge(self, header: str) -> Request:
        """Opens the front page with exactly this Cookie header in place of the browser's."""
        self._agent.ask("cookie_header", value=header)
        done = self._request("forge", "GET", "/")
        self._agent.ask("cookie_header", value=None)
        return done

    # What happens to a client without a request

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
        self._change("cookie planted", f"{name}={value}", "set_cookie", name=name, value=value, url=self._subject.url)

    def delete_cookie(self, name: str) -> None:
        """Deletes a cookie, as people do."""
        self._change("cookie deleted", name, "delete_cookie", name=name)

    def _change(self, change: str, detail: str, do: str, **fields: Any) -> None:
        reply = self._agent.ask(do, **fields)
        if not reply.get("ok"):
            raise HarnessFault(f"{self.name}'s client could not do '{do}' with {fields}: {reply.get('error')}")
        self._history.record(ClientChange(person=self.name, change=change, detail=detail))

    def _request(
        self,
        action: str,
        method: str,
        path: str,
        *,
        server: Server | None = None,
        canary: str | None = None,
        **fields: Any,
    ) -> Request:
        asked = server or self._subject
        url = asked.url + path
        headers = {"Accept": "text/html" if action == "neighbour" else "application/json"}
        reply = self._agent.ask(
            "request", seconds=TIMEOUT, method=method, url=url, headers=headers, timeout=TIMEOUT, **fields
        )
        error = reply.get("error") or {}
        request = Request(
            at=reply["at"],
            person=self.name,
            host=self.host,
            action=action,
            method=method,
            url=url,
            local=reply["local"],
            cookies_sent=reply["cookies_sent"],
            claims=self._user,
            canary=canary,
            status=reply.get("status"),
            error=error.get("kind"),
            error_text=error.get("text"),
            headers=tuple((name, value) for name, value in reply.get("headers", ())),
            body=reply.get("body", ""),
            view=view(reply.get("body", "")),
            elapsed=reply["elapsed"],
            resent=reply["resent"],
        )
        self.jar = tuple((cookie["name"], cookie["value"]) for cookie in reply["jar"])
        self.connection = (request.local, asked.port) if request.local else None
        if self.connection:
            self.connections.add(self.connection)
        recorded = self._history.record(request)
        if request.error and request.error not in NO_FAULT:
            asked.check(DYING)
            raise HarnessFault(asked.describe(self._fault(request)))
        if unanswered(request):
            asked.check()
        return recorded

    def _fault(self, request: Request) -> str:
        host = urlsplit(request.url).netloc
        return f"{self.name}'s {what(request)} to {host} got no answer ({request.error}): {request.error_text}"


def view(body: str) -> View | None:
    """What the server says it sees, from a body in JSON; None where it says nothing of the kind."""
    try:
        said = json.loads(body)
    except ValueError:
        return None
    if not isinstance(said, dict) or not said.keys() & {"known", "user"}:
        return None
    known, visits = said.get("known"), said.get("visits")
    return View(
        identity=_text(said.get("identity")),
        known=known if isinstance(known, bool) else None,
        user=_text(said.get("user")),
        seen_from=_text(said.get("seen_from")),
        visits=visits if type(visits) is int else None,
        note=_text(said.get("note")),
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
