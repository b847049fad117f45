"""A connection for threads whose answer may not take longer than it should, however it comes.

A socket's own time-out is for each piece of it: a server, or a proxy, that sends one byte now and then would hold up a
thread for minutes. Over TLS it is left at that.
"""

import socket
from functools import cache
from math import inf
from time import monotonic
from typing import Any

_GREETING = 4  # time-outs that the answers to a greeting may take together


class _Watched(socket.socket):
    until = inf
    """When the answer must be there, by `time.monotonic`."""

    def recv_into(self, *given: Any) -> int:
        self._check()
        return super().recv_into(*given)

    def recv(self, *given: Any) -> bytes:
        self._check()
        return super().recv(*given)

    def _check(self) -> None:
        if monotonic() > self.until:
            raise TimeoutError("the answer comes too slowly")


@cache
def watched(kind: Any) -> Any:
    """The same class of connections, whose `expect` says how many seconds the next answer may take, None for no limit."""

    class Watching(kind):  # type: ignore[misc]
        _watch: _Watched | None = None

        def expect(self, seconds: float | None) -> None:
            if self._watch is not None:
                self._watch.until = inf if seconds is None else monotonic() + seconds

        def _connect(self) -> Any:
            made = super()._connect()
            if type(made) is not socket.socket:
                return made
            timeout = made.gettimeout()
            self._watch = _Watched(made.family, made.type, made.proto, fileno=made.detach())
            self._watch.settimeout(timeout)
            self.expect(timeout and _GREETING * timeout)
            return self._watch

    return Watching
