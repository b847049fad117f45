"""Real servers in this process, each on a port of its own that the kernel chose; ended when the block is left."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import uvicorn


def listening() -> socket.socket:
    """A socket that takes connections already: whoever connects before the server runs waits for it."""
    return socket.create_server(("127.0.0.1", 0), backlog=128)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


@contextmanager
def http_server(handler: type[BaseHTTPRequestHandler], tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """http.server with this handler; its port."""
    with _Server(("127.0.0.1", 0), handler) as server:
        if tls:
            server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        thread = Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def asgi_server(app: Any, http: str, ws: Any = "none") -> Iterator[int]:
    """uvicorn with one of its two HTTP parsers, "h11" or "httptools"; its port."""
    with closing(listening()) as door:
        config = uvicorn.Config(app, http=http, lifespan="off", ws=ws, log_level="critical", access_log=False)
        server = uvicorn.Server(config)
        thread = Thread(target=server.run, kwargs={"sockets": [door]})
        thread.start()
        try:
            yield door.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join()
