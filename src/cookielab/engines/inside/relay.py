"""Passes connections from the user's machine to a port of a host: listens outside, connects inside."""

import contextlib
import socket
import threading

SOURCE, TARGET = "127.0.81.1", "127.0.0.1"
"""Connections arrive at the host over its own loopback; the gateway's rules know the relay by its address."""


def serve(ports: dict[int, int]) -> None:
    """Relays forever. `ports`: descriptor of a listening socket, opened outside the host's namespace → port inside."""
    threads = [threading.Thread(target=_accept, args=(socket.socket(fileno=fd), port)) for fd, port in ports.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _accept(listener: socket.socket, port: int) -> None:
    while True:
        outer, _ = listener.accept()
        threading.Thread(target=_connect, args=(outer, port), daemon=True).start()


def _connect(outer: socket.socket, port: int) -> None:
    with outer, socket.socket() as inner:
        try:
            inner.bind((SOURCE, 0))
            inner.connect((TARGET, port))
        except OSError:
            return  # nobody listens there: the user sees the connection closed, as from a dead server
        back = threading.Thread(target=_copy, args=(inner, outer), daemon=True)
        back.start()
        _copy(outer, inner)
        back.join()


def _copy(source: socket.socket, target: socket.socket) -> None:
    """Copies until the end and passes that end on; the other direction stays open (a half-closed connection)."""
    try:
        while data := source.recv(1 << 16):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
