"""Real servers in this process, each on a port of its own that the kernel chose; ended when the block is left."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server
from wsgiref.types import WSGIApplication

import uvicorn
import waitress.server  # type: ignore[import-untyped]


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


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base class named it)
        pass


@contextmanager
def wsgi_server(app: WSGIApplication, name: str) -> Iterator[int]:
    """The app on "wsgiref" or "waitress"; its port."""
    server: Any
    if name == "wsgiref":
        server = make_server("127.0.0.1", 0, app, handler_class=_Quiet)
        thread = Thread(target=server.serve_forever, args=(0.02,))
    else:
        server = waitress.server.create_server(app, host="127.0.0.1", port=0, threads=2)
        thread = Thread(target=server.run)
    thread.start()
    try:
        yield server.server_port if name == "wsgiref" else server.effective_port
    finally:
        if name == "wsgiref":
            server.shutdown()
            server.server_close()
        else:
            server.trigger.pull_trigger(server.close)
        thread.join()
