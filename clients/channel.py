"""A connection to a server, with TLS or without, every wait of which ends with the exchange."""

import socket
import ssl
from dataclasses import dataclass

from clients.failures import BadCertificate, EmptyReply, Malformed
from clients.tls import Trust, context
from clients.wire import Wire

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

    def _secured(self, place: Place) -> ssl.SSLSocket:
        sock = context(place.trust).wrap_socket(self._sock, server_hostname=place.host, do_handshake_on_connect=False)
        self._sock = sock
        try:
            sock.settimeout(self._wire.left())
            sock.do_handshake()
        except ssl.SSLCertVerificationError as error:
            raise BadCertificate(place.host, error.verify_message) from None
        except ssl.SSLEOFError:
            raise EmptyReply from None
        except ssl.SSLError as error:
            raise Malformed(f"there is no TLS that can be agreed on: {reason(error)}") from None
        return sock

    def resume(self) -> bool:
        """Take up the connection for another exchange; False if it has ended, or holds what nobody asked for."""
        try:
            self._sock.settimeout(0)
            self._sock.recv(1)
        except (BlockingIOError, ssl.SSLWantReadError):
            self._wire.resume(self._sock)
            return True
        except OSError:
            pass
        return False

    def send(self, data: bytes) -> None:
        """Send all of it."""
        rest = memoryview(data)
        while rest:
            self._sock.settimeout(self._wire.left())
            rest = rest[self._sock.send(rest[:PIECE]) :]

    def receive(self) -> bytes:
        """The next bytes, none at the end."""
        self._sock.settimeout(self._wire.left())
        try:
            data = self._sock.recv(PIECE)
        except ssl.SSLError as error:
            if isinstance(error, TimeoutError):
                raise
            raise Malformed(f"TLS broke: {reason(error)}") from None
        self._wire.received += len(data)
        return data

    def close(self) -> None:
        self._sock.close()


def reason(error: ssl.SSLError) -> str:
    return (error.reason or str(error)).replace("_", " ").lower()
