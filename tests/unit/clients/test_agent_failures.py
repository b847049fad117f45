"""What goes wrong is named for what it is, in time, and is never the wrong party's fault."""

import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress

import pytest

from tests.unit.clients.driver import Driver, Peer, echo, site


def drip(first: bytes, then: bytes) -> Callable[[Peer], None]:
    """A server that sends something, then for ever a byte or two every 50 ms."""

    def serve(peer: Peer) -> None:
        peer.request()
        peer.sock.sendall(first)
        while True:
            time.sleep(0.05)
            peer.sock.sendall(then)

    return serve


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def closing(peer: Peer) -> None:
    """As the article's server on the second visit."""
    peer.request()


def resetting(peer: Peer) -> None:
    peer.request()
    peer.reset()


@pytest.mark.parametrize(
    ("serve", "kind", "text"),
    [
        (closing, "empty_reply", "the server closed the connection without a byte of reply"),
        (resetting, "reset", "the connection was reset"),
        (drip(b"", b""), "timeout", "no complete reply before the deadline"),
        (drip(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"), "timeout", "no complete reply before the deadline"),
        (
            drip(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n", b"x"),
            "timeout",
            "no complete reply before the deadline",
        ),
    ],
    ids=["empty", "reset", "silent", "drips headers", "drips body"],
)
def test_a_failure_is_named_and_carries_the_port(
    agent: Driver, serve: Callable[[Peer], None], kind: str, text: str
) -> None:
    """Also how long it took: a server that drips cannot outlast the deadline of all."""
    with site(serve) as server:
        agent("set_cookie", name="sid", value="1", url=server.url)
        reply = agent.get(server.url, timeout=0.4)
        assert reply["error"] == {"kind": kind, "text": f"GET {server.url}: {text}"}
        assert reply["local"] == server.peers[0].endpoint
        assert (reply["cookies_sent"], reply["resent"]) == ("sid=1", False)
        assert (0.4 <= reply["elapsed"] < 1.4) is (kind == "timeout")
        assert len(server.peers) == 1, "sent once"


def test_what_is_no_http_is_told(agent: Driver) -> None:
    with site(lambda peer: peer.sock.sendall(b"nonsense\r\n\r\n")) as server:
        error = agent.get(server.url)["error"]
    kind, text = {
        "requests": ("other", "BadStatusLine: nonsense\r\n"),
        "h11": ("malformed", "the reply is not HTTP: illegal status line: bytearray(b'nonsense')"),
    }[agent.via]
    assert error == {"kind": kind, "text": f"GET {server.url}: {text}"}


def test_a_refused_connection_still_has_a_port_but_sent_nothing(agent: Driver) -> None:
    port, local = free_port(), free_port()
    agent("set_cookie", name="sid", value="1", url="http://127.0.0.1/")
    agent("local_port", port=local)
    reply = agent.get(f"http://127.0.0.1:{port}/")
    assert reply["error"] == {"kind": "refused", "text": f"GET http://127.0.0.1:{port}/: nothing listens there"}
    assert (reply["local"], reply["cookies_sent"]) == (f"127.0.0.1:{local}", None)


def test_a_connection_that_never_comes_about_times_out(agent: Driver) -> None:
    """A listener whose queue is full drops the SYN, as a NAT gateway without a free port does."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        waiting = [socket.socket() for _ in range(3)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(listener.getsockname())
        reply = agent.get(f"http://127.0.0.1:{listener.getsockname()[1]}/", timeout=0.3)
        for each in waiting:
            each.close()
    assert (reply["error"]["kind"], reply["cookies_sent"]) == ("timeout", None)
    assert 0.3 <= reply["elapsed"] < 1.3
    assert reply["local"].startswith("127.0.0.1:")


def test_a_name_that_nobody_knows_is_unreachable(agent: Driver) -> None:
    reply = agent.get("http://nobody.invalid/")
    assert (reply["error"]["kind"], reply["local"]) == ("unreachable", None)


def test_a_fixed_port_is_used_and_given_up_again(agent: Driver) -> None:
    """1. Fixed. 2. Fixed, on a new connection, although the port has just been in use. 3. Any port."""
    port = free_port()
    with site(echo()) as server:
        agent("local_port", port=port)
        assert agent.get(server.url)["local"] == f"127.0.0.1:{port}"
        agent("new_connection")
        assert agent.get(server.url)["local"] == f"127.0.0.1:{port}"
        assert len(server.peers) == 2
        agent("local_port", port=None)
        assert agent.get(server.url)["local"] != f"127.0.0.1:{port}"


def test_a_port_in_use_is_said_to_be_taken(agent: Driver) -> None:
    with site(echo()) as server, socket.create_server(("", 0)) as user:
        port = user.getsockname()[1]
        agent("local_port", port=port)
        reply = agent.get(server.url)
    assert reply["error"] == {
        "kind": "port_taken",
        "text": f"GET {server.url}: the local port is not free: Address already in use; use another, or wait a minute",
    }


def test_a_kept_connection_that_the_server_closed_is_not_the_servers_error(agent: Driver) -> None:
    """The end has arrived before the next request: nothing is sent over the dead connection."""
    closed = threading.Event()

    def serve(peer: Peer) -> None:
        peer.request()
        peer.reply()
        if peer.number == 0:
            peer.sock.close()
            closed.set()
        peer.request()

    with site(serve) as server:
        first = agent.get(server.url)
        assert closed.wait(5)
        second = agent.get(server.url)
    assert (second["ok"], second["resent"]) == (True, False)
    assert second["local"] != first["local"]


def test_a_request_into_a_dying_connection_goes_out_again_and_the_reply_says_so(agent: Driver) -> None:
    """The server closes when the second request is on its way: a browser sends it once more, and so does the agent."""

    def serve(peer: Peer) -> None:
        peer.request()
        peer.reply(body=f"connection {peer.number}")
        peer.request()

    with site(serve) as server:
        first, second = agent.get(server.url), agent.get(server.url)
        assert (first["body"], first["resent"]) == ("connection 0", False)
        assert (second["body"], second["resent"]) == ("connection 1", True)
        assert second["local"] == server.peers[1].endpoint


def test_a_server_that_really_answers_with_nothing_is_found_out_on_a_kept_connection_too(agent: Driver) -> None:
    def serve(peer: Peer) -> None:
        if peer.number == 0:
            peer.request()
            peer.reply()
        peer.request()

    with site(serve) as server:
        agent.get(server.url)
        reply = agent.get(server.url)
        assert (reply["error"]["kind"], reply["resent"]) == ("empty_reply", True)
        assert len(server.peers) == 2


def test_together_is_really_at_once(agent: Driver) -> None:
    """The server answers nobody before all three requests have arrived, each on a connection of its own."""
    all_here = threading.Barrier(3)

    def serve(peer: Peer) -> None:
        request = peer.request()
        all_here.wait(5)
        peer.reply(body=request.decode().split()[1])

    with site(serve) as server:
        wanted = [{"method": "GET", "url": f"{server.url}{number}"} for number in range(3)]
        replies = agent("together", requests=wanted)["replies"]
        assert [reply["body"] for reply in replies] == ["/0", "/1", "/2"]
        assert {reply["local"] for reply in replies} == {peer.endpoint for peer in server.peers}


def test_together_waits_for_no_one_who_cannot_come(agent: Driver) -> None:
    """One is refused, one waits in vain for a connection, one carries the impossible: the other is not harmed.

    But it is not sent before it is known who comes, or until nobody has come for a while; its own time counts from there.
    """
    began = time.time()
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full, site(echo()) as server:
        waiting = [socket.socket() for _ in range(3)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(full.getsockname())
        replies = agent(
            "together",
            requests=[
                {"method": "GET", "url": server.url, "timeout": 0.5},
                {"method": "GET", "url": f"http://127.0.0.1:{free_port()}/"},
                {"method": "GET", "url": f"http://127.0.0.1:{full.getsockname()[1]}/", "timeout": 1},
                {"method": "G\nT", "url": server.url},
            ],
        )["replies"]
        for each in waiting:
            each.close()
    assert [reply.get("error", {}).get("kind") for reply in replies] == [None, "refused", "timeout", "unsendable"]
    assert 0.5 <= replies[0]["at"] - began < 1
    assert replies[0]["elapsed"] < 0.5


def test_together_waits_for_no_one_whom_a_busy_server_lets_wait(exact: Driver) -> None:
    """One thread and a queue of two: the others connect once those who have connected are served."""
    with socket.create_server(("127.0.0.1", 0), backlog=1) as listener:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    sock, _ = listener.accept()
                    with sock:
                        peer = Peer(sock, 0)
                        peer.request()
                        peer.reply("Connection: close", body="done")

        threading.Thread(target=serve, daemon=True).start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        replies = exact("together", requests=[{"method": "GET", "url": url, "timeout": 20}] * 8)["replies"]
        listener.shutdown(socket.SHUT_RDWR)
    assert [reply.get("body") for reply in replies] == ["done"] * 8
    assert max(reply["elapsed"] for reply in replies) < 1, "their own time begins when they are connected"


def test_a_reply_that_gets_lost_leaves_the_browser_as_it_was(agent: Driver) -> None:
    """The server has done its work, and the client knows nothing of it; the next request goes on as ever."""

    def serve(peer: Peer) -> None:
        while peer.request():
            peer.sock.sendall(b"HTTP/1.1 200 OK\r\nSet-Cookie: sid=new\r\nContent-Length: 2\r\n\r\nok")

    with site(serve) as server:
        agent("set_cookie", name="sid", value="old", url=server.url)
        reply = agent("request", method="POST", url=server.url, lost=True)
        assert reply["error"] == {"kind": "lost", "text": f"POST {server.url}: the reply was lost on the way"}
        assert (reply["cookies_sent"], [each["value"] for each in reply["jar"]]) == ("sid=old", ["old"])
        reply = agent.get(server.url)
        assert (reply["status"], reply["cookies_sent"]) == (200, "sid=old")
