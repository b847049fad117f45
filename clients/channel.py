"""A connection to a server, with TLS or without, every wait of which ends with the exchange."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from clients.failures import BadCertificate, Malformed
from clients.tls import Trust, context
from clients.wire import Wire

if TYPE_CHECKING:
    import ssl

PIECE = 65536
"""Bytes that are read or written at a time."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a connection leads: two requests may share one if this is the same."""

    secure: bool
    host: str
    port: int
    connect: tuple[str, int]
    trust: Trust


class Channel:
    """One open connection."""

    def __init__(self, place: Place, wire: Wire) -> None:
        self._wire = wire
        self._sock: socket.socket = wire.dial(*place.connect)
        try:
            if place.secure:
                self._sock = self._secured(place)
        except BaseException:
            self._sock.close()
            raise

    def _secured(self, place: Place) -> "ssl.SSLSocket":
        sock = context(place.trust).wrap_socket(self._sock, server_hostname=place.host, do_handshake_on_connect=False)
        self._sock = sock
        sock.settimeout(self._wire.left())
        with plain_words(place.host):
            sock.do_handshake()
        return sock

    def resume(self) -> bool:
        """Take up the connection for another exchange; False if it has ended, or holds what nobody asked for."""
        try:
            self._sock.settimeout(0)
            self._sock.recv(1)
        except OSError as error:
            if isinstance(error, BlockingIOError) or _wants_more(error):
                self._wire.resume(self._sock)
                return True
        return False

    def send(self, data: bytes) -> None:
        """Send all of it."""
        rest = memoryview(data)
        with plain_words():
            while rest:
                self._sock.settimeout(self._wire.left())
                rest = rest[self._sock.send(rest[:PIECE]) :]

    def receive(self) -> bytes:
        """The next bytes, none at the end."""
        self._sock.settimeout(self._wire.left())
        # A server that sends head and body apart waits for the first one's ACK, which Linux would put off for 40 ms.
        self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        with plain_words():
            data = self._sock.recv(PIECE)
        self._wire.received += len(data)
        return data

    def close(self) -> None:
        self._sock.close()


@contextmanager
def plain_words(host: str = "") -> Iterator[None]:
    """Says what is wrong with TLS in words of our own. An end in the middle of it is one like any other."""
    try:
        yield
    except TimeoutError:
        raise
    except OSError as error:
        import ssl

        if isinstance(error, ssl.SSLEOFError):
            raise ConnectionResetError(str(error)) from error
        if isinstance(error, ssl.SSLCertVerificationError):
            raise BadCertificate(host, error.verify_message) from None
        if isinstance(error, ssl.SSLError):
            reason = (error.reason or str(error)).replace("_", " ").lower()
            raise Malformed(f"no TLS that makes sense: {reason}") from None
        raise


def _wants_more(error: OSError) -> bool:
    """There is nothing to read yet, as TLS says it."""
    import ssl

    return isinstance(error, ssl.SSLWantReadError)
