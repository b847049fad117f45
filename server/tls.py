"""TLS beside plain HTTP: the same handler at a second port. The key and the certificate come over stdin, as one JSON string."""

import json
import os
import ssl
import sys
from collections.abc import Callable
from functools import partial
from socketserver import BaseRequestHandler
from typing import Any

from .connection import Connection, Listener
from .log import Log
from .message import Reply, Request


class SecureListener(Listener):
    """A port at which callers speak TLS. Each shakes hands in a thread of its own."""

    def __init__(
        self, host: str, port: int, connection: Callable[..., BaseRequestHandler], context: ssl.SSLContext
    ) -> None:
        self._context = context
        super().__init__(host, port, connection)

    def get_request(self) -> tuple[ssl.SSLSocket, Any]:
        plain, address = super().get_request()
        return self._context.wrap_socket(plain, server_side=True, do_handshake_on_connect=False), address

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Who speaks no TLS, or does not believe the certificate, is gone: that is their own affair, too."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


def context_from_stdin() -> ssl.SSLContext:
    """Reads the line with the key and the certificates. ValueError, or ssl.SSLError, where it holds none."""
    chain = str(json.loads(sys.stdin.readline()))
    made = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    file = os.memfd_create("chain")
    try:
        os.write(file, chain.encode())
        made.load_cert_chain(f"/proc/self/fd/{file}")
    finally:
        os.close(file)
    return made


def moved(name: str, host: str, port: int, to: int, log: Log) -> Listener:
    """A plain port that serves nothing and sends everybody to the port `to`, where TLS is spoken."""

    def answer(request: Request) -> Reply:
        where = f"https://{request.host.rpartition(':')[0] or request.host}:{to}{request.path}"
        return Reply(301, b"", "text/plain", (("Location", where),))

    return Listener(host, port, partial(Connection, name, answer, log))
