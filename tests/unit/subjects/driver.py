"""Plays a profile's verbs over real sockets, as the lab's people do, with a browser's jar reduced to names and values."""

import contextlib
import http.client
import json
import socket
import subprocess
import sys
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

from cookielab.subjects.exchange import Incoming, Learnt, Outcome, Outgoing
from cookielab.subjects.flow import flow
from cookielab.subjects.profile import Profile

SERVERS = Path(__file__).parents[2] / "subjects" / "servers.py"
LARGEST = 1_000_000


class Visitor:
    """Somebody at a server: cookies, headers from a login, and every exchange so far."""

    def __init__(self, profile: Profile, port: int, user: str | None = None) -> None:
        self.profile, self.port, self.user = profile, port, user
        self.jar: dict[str, str] = {}
        self.headers: tuple[tuple[str, str], ...] = ()
        self.exchanges: list[tuple[Outgoing, Incoming]] = []

    def does(self, verb: str, *, learnt: Learnt | None = None, **more: str) -> Outcome:
        """Plays a verb to its end."""
        own = dict(self.profile.user(self.user)) if self.user else {}
        verb_flow = flow(self.profile, verb, own | {"port": str(self.port)} | more, learnt)
        outgoing = next(verb_flow)
        while True:
            incoming = self.send(outgoing)
            self.exchanges.append((outgoing, incoming))
            try:
                outgoing = verb_flow.send(incoming)
            except StopIteration as stop:
                outcome: Outcome = stop.value
                self.headers += outcome.headers
                return outcome

    def send(self, outgoing: Outgoing) -> Incoming:
        """One request on a connection of its own."""
        headers = dict(outgoing.headers + self.headers)
        body: bytes | None = None
        if outgoing.json is not None:
            body, kind = json.dumps(outgoing.json).encode(), "application/json"
        elif outgoing.form is not None:
            body, kind = urllib.parse.urlencode(outgoing.form).encode(), "application/x-www-form-urlencoded"
        elif outgoing.text is not None:
            body, kind = outgoing.text.encode(), "text/plain"
        if body is not None:
            headers.setdefault("Content-Type", kind)
        if self.jar:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.jar.items())
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        url = f"http://127.0.0.1:{self.port}{outgoing.target}"
        try:
            connection.request(outgoing.method, outgoing.target, body, headers)
            reply = connection.getresponse()
            text = reply.read(LARGEST).decode("utf-8", "replace")
        except (OSError, http.client.HTTPException) as error:
            return Incoming(url=url, method=outgoing.method, error=type(error).__name__)
        finally:
            connection.close()
        for name, value in reply.getheaders():
            if name.lower() == "set-cookie":
                self.keep(value)
        return Incoming(
            url=url, method=outgoing.method, status=reply.status, headers=tuple(reply.getheaders()), body=text,
            truncated=len(text) >= LARGEST, jar=dict(self.jar),
        )  # fmt: skip

    def keep(self, line: str) -> None:
        """Takes a Set-Cookie line into the jar; Max-Age=0 and an old date delete."""
        pair, _, attributes = line.partition(";")
        name, _, value = pair.strip().partition("=")
        if "max-age=0" in attributes.lower().replace(" ", "") or "1970" in attributes:
            self.jar.pop(name, None)
        else:
            self.jar[name] = value


@contextlib.contextmanager
def serving(name: str) -> Iterator[int]:
    """One of the small servers of tests/subjects, or a handler of the lab, in a process of its own.

    The port is held for it until it listens.
    """
    with contextlib.ExitStack() as stack:
        held = stack.enter_context(socket.socket())
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("0.0.0.0", 0))
        port = int(held.getsockname()[1])
        argv: tuple[str | Path, ...] = (sys.executable, SERVERS, name, str(port))
        if not name.startswith("x_"):
            argv = (sys.executable, "-m", "server", "--handler", name, "--port", str(port))
        process = stack.enter_context(subprocess.Popen(argv, stdout=subprocess.PIPE, text=True))
        try:
            assert process.stdout
            assert "listening" in process.stdout.readline()
            yield port
        finally:
            process.kill()
