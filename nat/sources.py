"""Tells mitmproxy from which port a client really came.

A redirected connection ends at one port of the gateway, wherever the client sent it. Two connections of one client from
one local port, to two servers, would then look alike, so the kernel changes the source port of the later one. mitmproxy
sees the changed port and may not read the translation table; so it asks here, over an abstract unix socket, which is to
be found in this machine's network namespace alone. A question and its answer are a packet each, with ip:port, or
[ip]:port; the answer is empty where nothing is known. Who has asked may ask again over the same connection.
"""

import selectors
import socket
import sys
from errno import EADDRINUSE
from ipaddress import ip_address

from nat.command import GatewayError
from nat.tracking import Tracking

DOOR = "\0cookielab/sources"
"""Where the gateway is asked; nat/transparent.py knows it, too."""

PROXY_PORT = 8080
"""Where capture.nft sends connections."""

LONGEST = 64
WAITING = 128


class Door:
    """Where questions arrive. `own`: the gateway's address on the LAN, at which redirected connections end."""

    def __init__(self, listener: socket.socket, own: str, tracking: Tracking) -> None:
        self._listener, self._own, self._tracking = listener, own, tracking
        self._asked = selectors.DefaultSelector()
        self._asked.register(listener, selectors.EVENT_READ)

    def answer(self) -> None:
        """Waits for questions and answers those that are there. What goes wrong with one is said on stderr."""
        for key, _ in self._asked.select():
            asker = key.fileobj
            assert isinstance(asker, socket.socket)
            if asker is self._listener:
                self._greet()
            elif not self._answered(asker):
                self._asked.unregister(asker)
                asker.close()

    def _greet(self) -> None:
        try:
            asker, _ = self._listener.accept()
        except OSError as error:  # it has gone again
            _say(f"nobody was at the door: {error}")
            return
        asker.setblocking(False)
        self._asked.register(asker, selectors.EVENT_READ)

    def _answered(self, asker: socket.socket) -> bool:
        """False where the asker has gone, or does not take the answer."""
        try:
            question = asker.recv(LONGEST)
            if question:
                asker.send(self._reply(question))
        except OSError as error:
            _say(f"a question was not answered: {error}")
            return False
        return bool(question)

    def _reply(self, question: bytes) -> bytes:
        try:
            return f"{self.source(question.decode().strip())}\n".encode()
        except (ValueError, GatewayError) as error:
            _say(f"no answer to {question!r}: {error}")
            return b"\n"

    def source(self, seen: str) -> str:
        """Where the redirected connection really came from that mitmproxy sees as coming from `seen`, or an empty text.

        ValueError where `seen` is not ip:port, GatewayError where the table cannot be read.
        """
        host, _, port = seen.rpartition(":")
        address, number = ip_address(host.removeprefix("[").removesuffix("]")), int(port)
        if address.version != ip_address(self._own).version or not 0 <= number <= 65535:
            return ""
        found = self._tracking.source((self._own, PROXY_PORT), (str(address), number))
        if found is None:
            return ""
        return f"[{found[0]}]:{found[1]}" if ":" in found[0] else f"{found[0]}:{found[1]}"

    def close(self) -> None:
        for key in list(self._asked.get_map().values()):
            assert isinstance(key.fileobj, socket.socket)
            key.fileobj.close()
        self._asked.close()
        self._tracking.close()


def door(own: str) -> Door | None:
    """Where questions arrive from now on; None where another gateway on this machine has them already."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try:
        listener.bind(DOOR)
    except OSError as error:
        listener.close()
        if error.errno == EADDRINUSE:
            return None
        raise
    listener.listen(WAITING)
    return Door(listener, own, Tracking())


def _say(line: str) -> None:
    sys.stderr.write(f"sources: {line}\n")
    sys.stderr.flush()
