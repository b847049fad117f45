"""A real server on a loopback port, in threads of the test, and a browser-like client for it."""

import json
import os
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from threading import Thread
from typing import Any

from server.app import App
from server.connection import Connection, Listener
from server.handlers import find
from server.handlers.session_table import IssuedSession
from server.listen import Settings, listen, listen_all
from server.log import Log
from server.steering import Steering
from server.visitor import Handler, ReadsClock
from sessiontable import SessionTable


@dataclass
class Reply:
    """What came back: status, headers in their order, body."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        found = json.loads(self.body)
        assert isinstance(found, dict)
        return found

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    @property
    def cookie(self) -> str | None:
        """The name=value that a browser would take over."""
        line = self.header("Set-Cookie")
        return line and line.partition(";")[0]


@dataclass
class Browser:
    """One connection that is kept alive, and at most one cookie, which is taken over from replies."""

    port: int
    cookie: str | None = None
    headers: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.connection = HTTPConnection("127.0.0.1", self.port, timeout=10)

    def send(self, method: str, path: str, fields: Mapping[str, str] | None = None, **headers: str) -> Reply:
        sent = {**self.headers, **({"Cookie": self.cookie} if self.cookie else {}), **headers}
        body = None
        if fields is not None:
            body = json.dumps(fields)
            sent["Content-Type"] = "application/json"
        self.connection.request(method, path, body, sent)
        answer = self.connection.getresponse()
        reply = Reply(answer.status, answer.getheaders(), answer.read())
        self.cookie = reply.cookie or self.cookie
        return reply

    def log_in(self, user: str) -> Reply:
        return self.send("POST", "/login", {"user": user})


class Running:
    """Starts servers, hands out browsers, reads the log; ends them all."""

    def __init__(self, log: Path, stack: ExitStack) -> None:
        self._log, self._stack = log, stack
        descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        stack.callback(os.close, descriptor)
        self.steering = Steering(Log(descriptor))
        self.settings = Settings(Log(descriptor), host="127.0.0.1", steering=self.steering)
        self._gates = 0

    def handler(self, name: str, *, max_age: int | None = 50_000) -> int:
        """A handler of the catalogue; returns its port."""
        entry = find(name)
        assert entry
        return self._run(listen(entry, 0, replace(self.settings, max_age=max_age)))

    def own(self, handler: Handler) -> int:
        """A handler of the test's own."""
        answer = partial(App("own", steering=self.steering).answer, identify=handler.identify)
        if isinstance(handler, ReadsClock):
            handler.clock = self.steering.now
        return self._run(Listener(self.settings.host, 0, partial(Connection, "own", answer, self.settings.log)))

    def table(self, table: SessionTable) -> int:
        """The session table's handler with a table of the test's own."""
        connection = partial(IssuedSession, table, App("session_table", steering=self.steering), self.settings.log)
        return self._run(Listener(self.settings.host, 0, connection))

    def all(self) -> dict[str, int]:
        """The index and all handlers."""
        return {name: self._run(listener) for name, listener in listen_all(0, self.settings)}

    def order(self, **words: object) -> None:
        """What the lab would write to the server's input."""
        self.steering.obey([json.dumps(words).encode()], last=False)

    @contextmanager
    def held(
        self,
        gate: str,
        browser: "Browser",
        method: str,
        path: str,
        *,
        gone: bool = False,
        headers: Mapping[str, str] | None = None,
    ) -> Iterator[list[Reply]]:
        """While the block runs this request of the browser's stands at the gate. Afterwards its reply is in the list, unless
        the browser has `gone`."""
        self._gates += 1
        number = self._gates
        self.order(do="close", gate=gate, method=method, path=path, number=number, seconds=10)
        replies: list[Reply] = []

        def ask() -> None:
            with suppress(*([OSError, HTTPException] if gone else [])):
                replies.append(browser.send(method, path, None, **(headers or {})))

        thread = Thread(target=ask)
        thread.start()
        deadline = time.monotonic() + 10
        while not any(line.get("event") == "waiting" and line["number"] == number for line in self.log):
            assert time.monotonic() < deadline
            time.sleep(0.002)
        try:
            yield replies
        finally:
            if gone:
                browser.connection.sock.shutdown(socket.SHUT_RDWR)
            self.order(do="open", number=number, gone=gone)
            thread.join()

    def browser(self, server: int | str, **headers: str) -> Browser:
        """Somebody with a connection to that port, or to a fresh server with that handler."""
        browser = Browser(server if isinstance(server, int) else self.handler(server), headers=headers)
        self._stack.callback(browser.connection.close)
        return browser

    @property
    def log(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self._log.read_text().splitlines()]

    def _run(self, listener: Listener) -> int:
        thread = Thread(target=partial(listener.serve_forever, poll_interval=0.01), daemon=True)
        thread.start()
        self._stack.callback(listener.server_close)
        self._stack.callback(thread.join, 5)
        self._stack.callback(listener.shutdown)
        return listener.port
