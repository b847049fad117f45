"""One request and what came of it, whichever client carried it."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from clients.failures import LostReply, explain
from clients.request import Request
from clients.wire import Wire

STALE = {"empty_reply", "reset"}


@dataclass(slots=True)
class Answer:
    """A reply as far as it has come in; `status` is None as long as its head is not complete.

    `body` is decoded, `encoding` what it was decoded from. `interim` are the statuses of the replies before it (1xx).
    """

    status: int | None = None
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""
    version: str = "1.1"
    encoding: str | None = None
    truncated: bool = False
    interim: list[int] = field(default_factory=list)

    def lines(self, header: bytes) -> list[bytes]:
        """The values of all headers of this lower-case name."""
        return [value for name, value in self.headers if name.lower() == header]


type Sending = Callable[[Answer], None]
"""Sends one request and writes what comes back into the answer; raises what went wrong. It may be called twice."""


class Transport(Protocol):
    """A client's connections; `wire` tells of the exchange that is going on or was last."""

    wire: Wire

    def ready(self, request: Request, cookies: Sequence[bytes] | None) -> Sending:
        """The request with its Cookie lines, ready to go; None: what the headers say.

        Raises UsageFault, or what the library says of a request that cannot be one.
        """

    def close(self) -> None:
        """Close what is open."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request as it went: an `answer`, or an `error`, or the beginning of an answer and the error in its middle."""

    request: Request
    answer: Answer
    error: Exception | None
    resent: bool
    cookie: bytes | None
    local: str | None
    at: float
    elapsed: float


def exchange(request: Request, send: Sending, wire: Wire) -> Exchange:
    """Send a request and read the whole reply, or note why that failed.

    A kept-alive connection may turn out to be dead only once the request is on its way. As a browser does, the
    request is then sent once more on a new connection, and the exchange says so.
    """
    wire.begin(request.timeout)
    answer, error, resent = Answer(), None, False
    try:
        try:
            send(answer)
        except Exception as first:
            resent = wire.reused and not wire.received and explain(first)[0] in STALE
            if not resent:
                raise
            send(answer)
        if request.lost:
            answer = Answer()
            raise LostReply
    except Exception as caught:  # whatever it is, the driver shall have it as a reply
        error = caught
    finally:
        wire.meet()
    elapsed = time.monotonic() - wire.started
    cookie = wire.cookie if wire.connected else None
    return Exchange(request, answer, error, resent, cookie, wire.local, wire.at, elapsed)
