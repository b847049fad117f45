"""Visitors and load: real logins by a client that keeps cookies, then wrk with those cookies on every request."""

import json
from collections.abc import Iterator, Sequence
from http.client import HTTPConnection
from pathlib import Path

from tests.bench.errors import BenchError

from .processes import OTHER_CORE, pinned
from .results import Load
from .running import run

VISITORS = 64
CONNECTIONS = 32
SCRIPT = Path(__file__).with_name("load.lua")
PATIENCE = 30.0


class Visitor:
    """A client with a cookie jar for one site, on one connection."""

    def __init__(self, port: int) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        self._jar: dict[str, str] = {}

    @property
    def cookies(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self._jar.items())

    def get(self, path: str, expected: str | None = None) -> str:
        """The body; BenchError where the answer is not 200, or not the expected one."""
        self._connection.request("GET", path, headers={"Cookie": self.cookies} if self._jar else {})
        answer = self._connection.getresponse()
        body = answer.read().decode()
        if answer.status != 200 or expected not in {None, body}:
            raise BenchError(f"GET {path} was answered {answer.status} {body[:200]!r} instead of {expected!r}")
        for line in answer.headers.get_all("Set-Cookie") or ():
            name, _, value = line.partition(";")[0].partition("=")
            self._jar[name] = value
        return body

    def close(self) -> None:
        self._connection.close()


def visits(port: int, bare: bool, count: int = VISITORS) -> Iterator[str]:
    """Logs so many visitors in and gives the Cookie line of each. The first one proves that writes are kept."""
    for number in range(count):
        visitor = Visitor(port)
        try:
            if not bare:
                visitor.get("/login", "in")
            visitor.get("/read", "alice")
            visitor.get("/write", "written")
            if not bare and number == 0:
                first = visitor.get("/last")
                visitor.get("/write", "written")
                if not int(visitor.get("/last")) > int(first):
                    raise BenchError(f"a session on port {port} still has {first} after a further write")
            yield visitor.cookies
        finally:
            visitor.close()


def wrk(port: int, path: str, cookies: Path, seconds: float) -> Load:
    """One run of wrk. Raises BenchError where any request failed, CommandFailed where wrk did."""
    url = f"http://127.0.0.1:{port}{path}"
    said = run(pinned(OTHER_CORE, *command(url, cookies, seconds)))
    result = json.loads(said.rstrip().rpartition("\n")[2])
    if result["failed"] or not result["requests"]:
        raise BenchError(f"wrk {url}: {result['failed']} of {result['requests']} requests failed")
    return Load(result["requests"] / result["seconds"], result["p50"], result["p99"])


def command(url: str, cookies: Path, seconds: float) -> Sequence[str]:
    """wrk's command; it takes whole seconds only."""
    return ("wrk", "--threads", "1", "--connections", str(CONNECTIONS), "--duration", f"{max(1, round(seconds))}s",
            "--timeout", "10s", "--script", str(SCRIPT), url, "--", str(cookies))  # fmt: skip
