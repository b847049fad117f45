"""The wire: keep-alive, several at once, and bytes that are no good request."""

import json
import re
import socket
import time
from http import HTTPStatus
from threading import Barrier, Thread
from typing import Any

import pytest

from server.message import Request
from server.visitor import NaiveHandler, Visitor
from tests.unit.server.running import Running


def converse(port: int, sent: bytes) -> bytes:
    """All that comes back until the server closes the connection, our own side closed after sending."""
    with socket.socket() as connection:
        connection.settimeout(10)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)  # so that a long body waits for its reader
        connection.connect(("127.0.0.1", port))
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def single(answer: bytes) -> tuple[int, dict[str, Any]]:
    """Status and body of the one reply that this must be."""
    head, _, body = answer.partition(b"\r\n\r\n")
    length = re.search(rb"Content-Length: (\d+)", head)
    assert length
    assert int(length[1]) == len(body)
    return int(head.split()[1]), json.loads(body)


class Gate(NaiveHandler):
    """Lets nobody through before two are inside."""

    def __init__(self) -> None:
        super().__init__()
        self._both = Barrier(2, timeout=10)

    def identify(self, request: Request) -> Visitor:
        self._both.wait()
        return self.meet(str(request.client), "you came through the gate")


def test_requests_of_different_people_are_served_at_once(servers: Running) -> None:
    """Each waits inside the handler for the other: a server that took them one by one would answer neither."""
    port = servers.own(Gate())
    statuses: list[int] = []
    threads = [Thread(target=lambda: statuses.append(servers.browser(port).send("GET", "/").status)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(15)
    assert statuses == [200, 200]


def test_many_people_at_once_stay_apart(servers: Running) -> None:
    """Sixteen log in, write and read back at the same time, each several times over one connection."""
    port, start, mixed = servers.handler("session_table"), Barrier(16, timeout=10), list[str]()

    def live(name: str) -> None:
        browser = servers.browser(port)
        start.wait()
        browser.log_in(name)
        for turn in range(10):
            browser.send("PUT", "/note", {"note": f"{name} {turn}"})
            reply = browser.send("GET", "/note").json
            if (reply["user"], reply["note"]) != (name, f"{name} {turn}"):
                mixed.append(f"{name} was given {reply}")

    threads = [Thread(target=live, args=(f"user{number}",)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert mixed == []
    assert len(servers.log) == 16 * 21


def test_a_silent_connection_blocks_nobody(servers: Running) -> None:
    port = servers.handler("by_address")
    with socket.create_connection(("127.0.0.1", port)):
        assert servers.browser(port).send("GET", "/").status == 200


def test_keep_alive_is_quick(servers: Running) -> None:
    """A reply in two pieces would wait for the peer's delayed ACK, 40 ms each: two hundred would take 8 s."""
    browser = servers.browser("by_address")
    began = time.perf_counter()
    for _ in range(200):
        browser.send("PUT", "/note", {"note": "x"})
    assert time.perf_counter() - began < 4


def test_pipelined_requests_are_answered_in_order(servers: Running) -> None:
    answer = converse(
        servers.handler("by_address"), b"GET /a HTTP/1.1\r\nHost: x\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\n\r\n"
    )
    assert re.findall(rb"no such path: /(\w)", answer) == [b"a", b"b"]


def test_http_10_gets_its_reply_and_the_end(servers: Running) -> None:
    answer = converse(servers.handler("by_address"), b"GET /healthz HTTP/1.0\r\n\r\n")
    assert b"\r\nConnection: close\r\n" in answer
    assert single(answer) == (200, {"status": "ok"})


def test_head_has_the_length_but_no_body(servers: Running) -> None:
    head = converse(servers.handler("by_address"), b"HEAD /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    assert head.endswith(b"\r\nContent-Length: 17\r\nCache-Control: no-store\r\nConnection: keep-alive\r\n\r\n")


BAD = {
    "body too large": (
        b"PUT /note HTTP/1.1\r\nContent-Length: 65537\r\n\r\n" + b"x" * 65537,
        413,
        "the body has 65537 bytes: 65536 are allowed",
    ),
    "body far too large": (
        b"PUT /note HTTP/1.1\r\nContent-Length: 1000000\r\n\r\n" + b"x" * 1_000_000,
        413,
        "the body has 1000000 bytes: 65536 are allowed",
    ),
    "body too short": (b"PUT /note HTTP/1.1\r\nContent-Length: 9\r\n\r\nxy", 400, "the body ended after 2 of 9 bytes"),
    "no length": (b"PUT /note HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400, "Content-Length '-1' is not one number"),
    "superscript": (b"PUT /note HTTP/1.1\r\nContent-Length: \xb2\r\n\r\n", 400, "Content-Length '²' is not one number"),
    "endless length": (
        b"PUT /note HTTP/1.1\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n",
        400,
        f"Content-Length '{'9' * 40}' is not one number",
    ),
    "chunked": (
        b"PUT /note HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        501,
        "Transfer-Encoding is not understood: send the body with a Content-Length",
    ),
    "line without colon": (
        b"GET / HTTP/1.1\r\nCookie: a=1\r\nnonsense\r\nContent-Length: 3\r\n\r\nxyz",
        400,
        "a header line cannot be read: MissingHeaderBodySeparatorDefect",
    ),
    "bare carriage return": (
        b"GET / HTTP/1.1\r\nCookie: a=1\rsid=2\r\n\r\n",
        400,
        "a header line cannot be read: MissingHeaderBodySeparatorDefect",
    ),
    "broken address": (
        b"GET http://[ HTTP/1.1\r\n\r\n",
        400,
        "the address 'http://[' cannot be read: Invalid IPv6 URL",
    ),
    "no request": (b"\x16\x03\x01\x02\r\n\r\n", 400, "Bad request syntax ('\\x16\\x03\\x01\\x02')"),
    "unknown method": (b"BREW / HTTP/1.1\r\n\r\n", 501, "Unsupported method ('BREW')"),
    "too many headers": (b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 101 + b"\r\n", 431, "Too many headers"),
    "header too long": (b"GET / HTTP/1.1\r\nCookie: " + b"a" * 70_000 + b"\r\n\r\n", 431, "Line too long"),
    "address too long": (b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n", 414, HTTPStatus(414).phrase),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_requests_get_one_clear_reply(servers: Running, name: str) -> None:
    """And then the end of the connection: what follows on it could be anything. The server goes on for all others."""
    sent, status, error = BAD[name]
    port = servers.handler("session_table")
    answered, body = single(converse(port, sent))
    assert (answered, body["error"], body["handler"], body["user"]) == (status, error, "session_table", None)
    assert servers.log[-1]["status"] == status
    assert servers.browser(port).send("GET", "/").status == 200


def test_two_lengths_are_refused(servers: Running) -> None:
    """Two readers of one request could take different ends for it: the door to request smuggling (RFC 9112 6.3)."""
    sent = b"PUT /note HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhelloX"
    status, body = single(converse(servers.handler("by_address"), sent))
    assert status == 400
    assert re.fullmatch("Content-Length '[56]' is not one number", body["error"])


def test_hostile_header_bytes_make_no_fault(servers: Running) -> None:
    """Every byte that can stand in a header line, in a cookie: never a 5xx, never a wrong user."""
    port = servers.handler("session_table")
    alice = servers.browser(port)
    alice.log_in("alice")
    for byte in set(range(256)) - {10, 13}:
        cookie = b"x=" + bytes([byte]) + b"; " + str(alice.cookie).encode()
        status, body = single(
            converse(port, b"GET /whoami HTTP/1.1\r\nConnection: close\r\nCookie: " + cookie + b"\r\n\r\n")
        )
        assert (byte, status, body["user"]) == (byte, 200, "alice")


def test_a_client_that_goes_away_leaves_no_trace_on_stderr(servers: Running, capfd: pytest.CaptureFixture[str]) -> None:
    """Reset in the middle of a request; the next one is served."""
    port = servers.handler("by_address")
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHo")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    assert servers.browser(port).send("GET", "/").status == 200
    assert capfd.readouterr().err == ""
