"""What the client on h11 makes of replies: all that HTTP allows is read, all else is named, and nothing is unbounded."""

import gzip
import threading
import zlib
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import brotli  # type: ignore[import-untyped]
import pytest

from tests.unit.clients.driver import Driver, Peer, once, site


def saying(reply: bytes) -> Callable[[Peer], None]:
    """A server that answers each request of a connection with these bytes."""

    def serve(peer: Peer) -> None:
        while peer.request():
            peer.sock.sendall(reply)

    return serve


def ending(reply: bytes) -> Callable[[Peer], None]:
    """A server that answers with these bytes and closes."""

    def serve(peer: Peer) -> None:
        peer.request()
        peer.sock.sendall(reply)

    return serve


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@pytest.mark.parametrize(
    ("reply", "method", "status", "body", "kept"),
    [
        (OK, "GET", 200, "ok", True),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", "HEAD", 200, "", True),
        (b"HTTP/1.1 204 No\r\n\r\n", "GET", 204, "", True),
        (b"HTTP/1.1 304 No\r\nContent-Length: 9\r\n\r\n", "GET", 304, "", True),
        (
            b"HTTP/1.1 200\r\nTransfer-Encoding: chunked\r\n\r\n1;x=y\r\no\r\n1\r\nk\r\n0\r\nT: x\r\n\r\n",
            "GET",
            200,
            "ok",
            True,
        ),
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok", "GET", 200, "ok", False),
        (b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok", "GET", 200, "ok", True),
        (OK + b"and more", "GET", 200, "ok", False),
        (b"HTTP/1.1 204 No\r\nContent-Length: 2\r\n\r\nok", "GET", 204, "", False),
    ],
    ids=["plain", "HEAD", "204", "304", "chunked, trailer", "close", "bare LF", "more than asked", "204 with a body"],
)
def test_replies_of_all_kinds(exact: Driver, reply: bytes, *, method: str, status: int, body: str, kept: bool) -> None:
    """And whether the connection is used for the next request."""
    with site(saying(reply)) as server:
        for _ in range(2):
            got = exact("request", method=method, url=server.url)
            assert (got["ok"], got["status"], got["body"], got["truncated"]) == (True, status, body, False)
        assert len(server.peers) == (1 if kept else 2)


def test_a_reply_without_a_length_ends_with_the_connection(exact: Driver) -> None:
    with site(ending(b"HTTP/1.0 200 OK\r\nSet-Cookie: a=1\r\n\r\nall of it")) as server:
        reply = exact.get(server.url)
    assert (reply["body"], reply["version"], reply["jar"][0]["name"]) == ("all of it", "1.0", "a")


def test_interim_replies_are_skipped_and_told(exact: Driver) -> None:
    early = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </s.css>\r\nSet-Cookie: a=1\r\n\r\n"
    with site(saying(early + b"HTTP/1.1 102 Processing\r\n\r\n" + OK)) as server:
        reply = exact.get(server.url)
    assert (reply["status"], reply["interim"], reply["body"], reply["jar"]) == (200, [100, 103, 102], "ok", [])


def test_another_protocol_is_no_reply(exact: Driver) -> None:
    reply = b"HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n\x00\x01"
    with site(saying(reply)) as server:
        got = exact.get(server.url, headers={"Connection": "upgrade", "Upgrade": "x"})
    assert got["error"] == {
        "kind": "malformed",
        "text": f"GET {server.url}: the reply is not HTTP: "
        "Received server _SWITCH_UPGRADE event without a pending proposal",
    }


def test_a_reply_to_half_a_request_is_a_reply(exact: Driver) -> None:
    """The server says 413 and closes before it has read a long body."""
    with site(ending(b"HTTP/1.1 413 No\r\nContent-Length: 0\r\n\r\n")) as server:

        def serve(peer: Peer) -> None:
            peer.sock.sendall(b"HTTP/1.1 413 No\r\nContent-Length: 0\r\n\r\n")
            peer.sock.shutdown(1)
            while peer.sock.recv(65536):
                pass

        server.serve = serve
        reply = exact("request", method="POST", url=server.url, text="x" * 5_000_000)
    assert (reply["ok"], reply["status"]) == (True, 413)


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        ("gzip", gzip.compress(b"grace " * 100, mtime=0)),
        ("GZip", gzip.compress(b"grace " * 50, mtime=0) + gzip.compress(b"grace " * 50, mtime=0)),
        ("x-gzip", gzip.compress(b"grace " * 100, mtime=0) + b"and what nobody needs"),
        ("gzip", gzip.compress(b"grace " * 100, mtime=0)[:-6]),
        ("deflate", zlib.compress(b"grace " * 100)),
        ("deflate", raw_deflate(b"grace " * 100)),
        ("br", brotli.compress(b"grace " * 100)),
        ("identity", b"grace " * 100),
        ("utf-8", b"grace " * 100),
    ],
)
@pytest.mark.parametrize("piece", [1, 100_000])
def test_bodies_are_decoded(exact: Driver, encoding: str, packed: bytes, piece: int) -> None:
    """In one piece and byte by byte; several gzip members, an end that is missing, a coding that is none."""
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: {encoding}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    parts = [packed[start : start + piece] for start in range(0, len(packed), piece)]
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts)
    with site(saying(head + chunks + b"0\r\n\r\n")) as server:
        reply = exact.get(server.url)
    assert reply["body"] == "grace " * 100
    assert reply["encoding"] == (None if encoding == "identity" else encoding.lower())


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br"])
def test_a_body_that_is_not_what_it_says_is_malformed(exact: Driver, encoding: str) -> None:
    with site(once(f"Content-Encoding: {encoding}", body="\x01\x02 not packed at all")) as server:
        error = exact.get(server.url)["error"]
    assert error["kind"] == "malformed"
    assert error["text"].startswith(f"GET {server.url}: the body is not what its Content-Encoding, {encoding}, says: ")


def test_an_empty_body_needs_no_decoding(exact: Driver) -> None:
    with site(once("Content-Encoding: br")) as server:
        assert exact.get(server.url)["body"] == ""


def test_a_header_is_told_in_part_and_kept_whole(exact: Driver) -> None:
    """A megabyte in each reply would fill the evidence; a browser that may keep so much of a cookie does not exist."""
    lines = f"X-Long: {'é' * 10_000}\r\nX-Short: {'a' * 16_384}\r\nSet-Cookie: sid={'b' * 4000}\r\n"
    with site(saying(f"HTTP/1.1 200 OK\r\n{lines}Content-Length: 0\r\n\r\n".encode())) as server:
        got = exact.get(server.url)
    told = dict(got["headers"])
    assert told["X-Long"] == f"{'é' * 8192}… (20000 bytes)"
    assert told["X-Short"] == "a" * 16_384
    assert [cookie["value"] for cookie in got["jar"]] == ["b" * 4000]


def test_a_body_is_cut_at_its_limit_and_the_connection_closed(exact: Driver) -> None:
    """1. As long as allowed: whole. 2. One byte more: cut, also within a letter. 3. The jar has its cookie."""
    with site(
        saying(b"HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nContent-Length: 6\r\n\r\n\xe2\x82\xac\xe2\x82\xac")
    ) as server:
        whole, cut, none = (exact.get(server.url, limit=limit) for limit in (6, 5, 0))
        assert (whole["body"], whole["truncated"]) == ("€€", False)
        assert (cut["body"], cut["truncated"]) == ("€", True)
        assert (none["body"], none["truncated"], len(none["jar"])) == ("", True, 1)
        assert len(server.peers) == 2


@pytest.mark.parametrize(
    ("reply", "text"),
    [
        (b"HTTP/1.1 200 OK\r\nA B: c\r\n\r\n", "the reply is not HTTP: illegal header line: bytearray(b'A B: c')"),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
            "the reply is not HTTP: bad Content-Length",
        ),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
            "the reply broke off: peer closed connection without sending complete message body "
            "(received 4 bytes, expected 10)",
        ),
        (
            b"HTTP/1.1 200 OK\r\nA: b",
            "the reply broke off: peer unexpectedly closed connection",
        ),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
            "the reply is not HTTP: illegal chunk header: bytearray(b'xyz\\r\\n')",
        ),
        (b"HTTP/1.1 103 Early\r\n\r\n" * 101, "more than 100 interim replies (1xx) and no reply"),
        (
            b"HTTP/1.1 200 OK\r\nA: " + b"x" * 2_100_000,
            "the reply's head, or a line of its body, is over 2000000 bytes long",
        ),
        (b"HTTP/1.1 200 OK\r\n" + b"A:\r\n" * 100_000 + b"\r\n", "the reply's head has more than 20000 lines"),
    ],
    ids=["name", "length", "half a body", "half a head", "chunk", "interim", "long head", "many lines"],
)
def test_what_is_no_reply_is_malformed(exact: Driver, reply: bytes, text: str) -> None:
    with site(ending(reply)) as server:
        error = exact.get(server.url)["error"]
    assert error == {"kind": "malformed", "text": f"GET {server.url}: {text}"}


def test_ten_thousand_cookies_are_read_and_the_newest_kept(exact: Driver) -> None:
    """Browsers keep 180 of a site."""
    lines = b"".join(b"Set-Cookie: c%d=%d\r\n" % (number, number) for number in range(10_000))
    with site(saying(b"HTTP/1.1 200 OK\r\n" + lines + b"Content-Length: 0\r\n\r\n")) as server:
        reply = exact.get(server.url)
    assert len(reply["headers"]) == 10_001
    assert [cookie["name"] for cookie in reply["jar"]] == [f"c{number}" for number in range(9_820, 10_000)]


def test_a_text_that_no_text_should_hold_comes_through(exact: Driver) -> None:
    body = '{"a": "\\ud800", "b": "\\u0000"} \x1b[2J \u202e \x00 \x85'
    with site(once(body=body)) as server:
        assert exact.get(server.url)["body"] == body


def bomb(encoding: str) -> bytes:
    """A gigabyte in a megabyte or less."""
    piece, pieces = bytes(1 << 24), 64
    if encoding == "br":
        packer = brotli.Compressor(quality=1)
        return b"".join(packer.process(piece) for _ in range(pieces)) + bytes(packer.finish())
    deflater = zlib.compressobj(1, wbits=31 if encoding == "gzip" else 15)
    return b"".join(deflater.compress(piece) for _ in range(pieces)) + deflater.flush()


def endless(peer: Peer) -> None:
    peer.request()
    peer.sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n")
    while True:
        peer.sock.sendall(b"\xff" * (1 << 20))


def memory(agent: Driver) -> int:
    """The most that the agent has ever needed, in MB."""
    lines = Path(f"/proc/{agent.process.pid}/status").read_text(encoding="ascii").splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) // 1024


@pytest.mark.parametrize("kind", ["endless", "gzip", "deflate", "br"])
def test_memory_does_not_grow_with_a_reply(mortal: Driver, kind: str) -> None:
    """10 GB of what becomes six letters each in a line of JSON; a gigabyte in a megabyte."""
    mortal.via = "h11"
    packed = b"" if kind == "endless" else bomb(kind)
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: {kind}\r\nContent-Length: {len(packed)}\r\n\r\n".encode()
    with site(saying(head + packed) if packed else endless) as server:
        reply = mortal.get(server.url)
        assert (reply["ok"], reply["truncated"], len(reply["body"])) == (True, True, 10_000_000)
        assert memory(mortal) < 150


def test_memory_does_not_grow_with_a_burst(mortal: Driver) -> None:
    """The bodies of all share 20 MB."""
    with site(endless) as server:
        request = {"method": "GET", "url": server.url, "via": "h11"}
        replies = mortal("burst", request=request, times=50)["replies"]
    assert {(reply["truncated"], len(reply["body"])) for reply in replies} == {(True, 400_000)}
    assert memory(mortal) < 250


def test_memory_does_not_grow_with_a_head(mortal: Driver) -> None:
    mortal.via = "h11"

    def serve(peer: Peer) -> None:
        peer.request()
        peer.sock.sendall(b"HTTP/1.1 200 OK\r\n")
        while True:
            peer.sock.sendall(b"a:\n" * 100_000)

    with site(serve) as server:
        assert mortal.get(server.url)["error"]["kind"] == "malformed"
        assert memory(mortal) < 150


def test_each_place_has_a_connection_of_its_own(exact: Driver) -> None:
    """A redirect to another port and back does not cost the first connection; the eleventh closes the oldest."""
    gone = threading.Event()

    def serve(peer: Peer) -> None:
        while peer.request():
            peer.reply()
        gone.set()

    def other(peer: Peer) -> None:
        while peer.request():
            peer.reply()

    with site(serve) as first, ExitStack() as stack:
        others = [stack.enter_context(site(other)) for _ in range(10)]
        exact.get(first.url)
        exact.get(others[0].url)
        exact.get(first.url)
        assert len(first.peers) == 1
        for each in others:
            exact.get(each.url)
        assert gone.wait(5)
