"""What the tests of the clients drive: a real agent, and real servers on loopback whose every byte a test decides."""

import json
import os
import selectors
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]
PATIENCE = 30.0

type Reply = dict[str, Any]


class Driver:
    """An agent in a process of its own, and a line to it. Its requests go `via` this client."""

    via = "requests"

    def __init__(self, **environment: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "clients.agent"],
            cwd=ROOT,
            env=os.environ | environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self.ready = self.read()

    def __call__(self, do: str, **fields: object) -> Reply:
        """Send a step and wait for its reply."""
        if do == "request":
            fields = {"via": self.via} | fields
        elif isinstance(several := fields.get("requests"), list):
            fields["requests"] = [{"via": self.via} | each for each in several]
        return self.line(json.dumps({"id": 7, "do": do} | fields).encode())

    def get(self, url: str, **fields: object) -> Reply:
        return self("request", method="GET", url=url, **fields)

    def line(self, line: bytes) -> Reply:
        """Send a line, whatever it is, and wait for the reply."""
        assert self.process.stdin
        self.process.stdin.write(line + b"\n")
        self.process.stdin.flush()
        return self.read()

    def read(self) -> Reply:
        assert self.process.stdout
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            assert selector.select(PATIENCE), "the agent does not answer"
        reply: Reply = json.loads(self.process.stdout.readline())
        return reply

    def end(self) -> tuple[bytes, bytes]:
        """Close the agent's input and wait for its end; what it still wrote to stdout and stderr."""
        return self.process.communicate(timeout=PATIENCE)


class Peer:
    """One connection as the server has it."""

    def __init__(self, sock: socket.socket, number: int) -> None:
        self.sock = sock
        self.number = number
        self.endpoint = "{}:{}".format(*sock.getpeername())

    def request(self) -> bytes:
        """The next request's head and body, b"" once the client has closed."""
        received = b""
        while b"\r\n\r\n" not in received:
            part = self.sock.recv(65536)
            if not part:
                return b""
            received += part
        head, _, body = received.partition(b"\r\n\r\n")
        lengths = [line.split(b":")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
        while lengths and len(body) < int(lengths[0]):
            body += self.sock.recv(65536)
        return head + b"\r\n\r\n" + body

    def reply(self, *headers: str, body: str = "", status: str = "200 OK") -> None:
        lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body.encode())}", *headers, "", body]
        self.sock.sendall("\r\n".join(lines).encode())

    def reset(self) -> None:
        """Close so that the client gets a RST."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        self.sock.close()


class Site:
    """A server on loopback that hands every connection to `serve`, in a thread of its own."""

    def __init__(self, serve: Callable[[Peer], None]) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}/"
        self.serve = serve
        self.peers: list[Peer] = []
        threading.Thread(target=self.accept, daemon=True).start()

    def end(self) -> None:
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def accept(self) -> None:
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:  # the test is over
                return
            self.peers.append(Peer(sock, len(self.peers)))
            threading.Thread(target=self.handle, args=(self.peers[-1],), daemon=True).start()

    def handle(self, peer: Peer) -> None:
        with peer.sock:
            try:
                self.serve(peer)
            except OSError:  # the client went away in the middle, which is for the test to notice
                return


@contextmanager
def site(serve: Callable[[Peer], None]) -> Iterator[Site]:
    """A server for the length of a test."""
    server = Site(serve)
    try:
        yield server
    finally:
        server.end()


def echo(*headers: str) -> Callable[[Peer], None]:
    """A server that keeps alive and answers every request with the request, and with these headers."""

    def serve(peer: Peer) -> None:
        while request := peer.request():
            peer.reply(*headers, body=request.decode("latin-1"))

    return serve


def once(*headers: str, **reply: str) -> Callable[[Peer], None]:
    """A server that gives this reply to the first request of a connection, then closes it."""

    def serve(peer: Peer) -> None:
        peer.request()
        peer.reply(*headers, **reply)

    return serve
