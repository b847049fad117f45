"""A person's browser: http.client with a cookie jar, which also can do what browsers do only under attack."""

import json
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPResponse
from typing import Any, Self

SECONDS = 20.0


@dataclass(frozen=True)
class Reply:
    """A reply that has been read to its end."""

    status: int
    lines: list[tuple[str, str]]
    body: bytes

    def all(self, name: str) -> list[str]:
        """The values of all header lines with this name."""
        return [value for key, value in self.lines if key.lower() == name.lower()]

    @property
    def told(self) -> Any:
        """The JSON in the body."""
        return json.loads(self.body)

    @property
    def cookie(self) -> str | None:
        """The cookie that a browser keeps after this reply, as `name=value`; None if there is none."""
        kept = [
            line.partition(";")[0] for line in self.all("Set-Cookie") if "Domain=" not in line and "Path=/;" in line
        ]
        return kept[-1] if kept else None

    @property
    def apart(self) -> tuple[bool, bool]:
        """Whether it says no-store in its one Cache-Control line, and that it varies by cookie."""
        return self.all("Cache-Control") == ["no-store"], "cookie" in ", ".join(self.all("Vary")).lower()


@dataclass
class Browser:
    """Keeps one cookie. `lines` are Cookie header lines to send in place of it."""

    port: int
    cookie: str | None = None
    seen: list[str] = field(default_factory=list)

    def get(self, path: str = "/", *lines: str) -> Reply:
        return self.ask("GET", path, "", *lines)

    def post(self, path: str, body: str = "", *lines: str) -> Reply:
        return self.ask("POST", path, body, *lines)

    def ask(self, method: str, path: str, body: str, *lines: str) -> Reply:
        with Slow(self, method, path, body, lines) as request:
            return request.finish()

    def take(self, answer: HTTPResponse) -> Reply:
        reply = Reply(answer.status, answer.getheaders(), answer.read())
        if reply.cookie:
            self.cookie = None if reply.cookie.endswith(("=", '=""')) else reply.cookie
            self.seen.append(reply.cookie)
        return reply


class Slow:
    """A request whose header is out and whose body is still to come, so that the server is at work on it."""

    def __init__(self, browser: Browser, method: str, path: str, body: str, lines: tuple[str, ...] = ()) -> None:
        self._browser, self._body = browser, body.encode()
        self._connection = HTTPConnection("127.0.0.1", browser.port, timeout=SECONDS)
        self._connection.putrequest(method, path)
        for line in lines or filter(None, (browser.cookie,)):
            self._connection.putheader("Cookie", line)
        if method == "POST":
            self._connection.putheader("Content-Type", "text/plain")
            self._connection.putheader("Content-Length", str(len(self._body)))
        self._connection.endheaders()

    def finish(self) -> Reply:
        self._connection.send(self._body)
        return self._browser.take(self._connection.getresponse())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()
