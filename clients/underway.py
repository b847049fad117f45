"""Requests that do not wait for each other: one that is under way while its person does something else, and many at once."""

import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from clients.exchange import Answer, Exchange, Sending, Transport, exchange
from clients.failures import LostReply
from clients.gate import Gate
from clients.request import Request


class UnderWay:
    """One request in a thread of its own. When this is made the request is on its way, or has failed to connect.

    `come`: the reply is there, as `done`. `stored`: what it sets is in the jar.
    """

    done: Exchange

    def __init__(self, request: Request, transport: Transport, ready: Sending) -> None:
        self.stored = False
        self._request, self._transport, self._ready = request, transport, ready
        self._gone, self._over = threading.Event(), threading.Event()
        transport.wire.gate = Gate(1, self._go)
        threading.Thread(target=self._send, daemon=True).start()
        self._gone.wait()

    @property
    def come(self) -> bool:
        return self._over.is_set()

    def wait(self) -> None:
        """Until the reply is there, or the request's time is over."""
        self._over.wait()

    def drop(self) -> None:
        """The person has gone away: the connection is closed before the reply, which nobody hears of."""
        self._transport.wire.cut()
        self._over.wait()
        self.done = replace(self.done, answer=Answer(), error=LostReply())

    def close(self) -> None:
        """Nobody waits for the reply any more."""
        self._transport.close()

    def _go(self) -> None:
        launched([self._transport])
        self._gone.set()

    def _send(self) -> None:
        try:
            self.done = exchange(self._request, self._ready, self._transport.wire)
            self._transport.close()
        finally:
            self._over.set()
            self._gone.set()


def launched(transports: Sequence[Transport]) -> None:
    """Send what waits at the gate, one right after the other: threads that wake up by themselves do not come at once."""
    for transport in transports:
        if transport.wire.gate is None and transport.wire.launch:  # it has come to the gate
            transport.wire.restart()
            with suppress(Exception):  # the exchange that it belongs to meets it again
                transport.wire.launch()
