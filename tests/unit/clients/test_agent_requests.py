"""A request's reply tells all that went over the wire, and from which port."""

import json
import socket
from pathlib import Path
from threading import Thread

import pytest

from tests.unit.clients.driver import Driver, Peer, echo, once, site


def test_a_reply_tells_status_headers_body_and_timing(agent: Driver) -> None:
    with site(once("X-A: b", body="grüß", status="201 Created")) as server:
        reply = agent.get(server.url)
    assert (reply["ok"], reply["status"], reply["body"]) == (True, 201, "grüß")
    assert ["X-A", "b"] in reply["headers"]
    assert 0 < reply["elapsed"] < 5
    assert reply["resent"] is False
    assert (reply["cookies_sent"], reply["jar"]) == (None, [])


def test_every_set_cookie_line_stands_by_itself(agent: Driver) -> None:
    """Dates hold commas: merged into one header the cookies could not be told apart."""
    lines = ["a=1; Expires=Wed, 01 Jan 2098 00:00:00 GMT", "b=2", "a=3; Path=/x"]
    with site(echo(*(f"Set-Cookie: {line}" for line in lines))) as server:
        headers = agent.get(server.url)["headers"]
    assert [value for name, value in headers if name == "Set-Cookie"] == lines


def test_json_goes_out_as_a_json_body(agent: Driver) -> None:
    with site(echo()) as server:
        body = agent("request", method="PUT", url=server.url + "note", json={"note": "ü"})["body"]
    head, _, sent = body.partition("\r\n\r\n")
    assert head.startswith("PUT /note HTTP/1.1\r\n")
    assert "\r\nContent-Type: application/json" in head
    assert json.loads(sent) == {"note": "ü"}


def test_the_local_port_is_the_one_that_the_server_sees(agent: Driver) -> None:
    """1. A new connection. 2. Kept alive, the same. 3. Asked for a new one, another."""
    with site(echo()) as server:
        first, second = agent.get(server.url), agent.get(server.url)
        agent("new_connection")
        third = agent.get(server.url)
        assert first["local"] == second["local"] == server.peers[0].endpoint
        assert third["local"] == server.peers[1].endpoint != first["local"]


@pytest.mark.parametrize("via", ["requests", "h11"])
def test_a_connection_begins_with_a_preface(agent: Driver, via: str) -> None:
    """1. A new connection begins with it, and only there. 2. Without one it begins with a request again."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"
        agent("preface", text="PROXY TCP4 203.0.113.9 203.0.113.1 4000 80\r\n")
        for begins in (b"PROXY TCP4 203.0.113.9 203.0.113.1 4000 80\r\nGET / ", b"GET / "):
            thread = Thread(target=agent, args=("request",), kwargs={"method": "GET", "url": url, "via": via})
            thread.start()
            connection, _ = server.accept()
            with connection, connection.makefile("rb") as sent:
                assert sent.read(len(begins)) == begins
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
                thread.join(10)
            agent("preface", text=None)


def test_a_server_that_closes_after_each_reply_is_met_anew(agent: Driver) -> None:
    with site(once("Connection: close")) as server:
        locals_ = {agent.get(server.url)["local"] for _ in range(3)}
        assert locals_ == {peer.endpoint for peer in server.peers}
    assert len(locals_) == 3


def test_redirects_are_not_followed(agent: Driver) -> None:
    with site(once("Location: /other", status="302 Found")) as server:
        assert agent.get(server.url)["status"] == 302
        assert len(server.peers) == 1


def test_the_machines_settings_are_none_of_the_clients_business(tmp_path: Path) -> None:
    """A proxy in the environment, a password for this host in .netrc."""
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login alice password secret", encoding="utf-8")
    with site(echo()) as server:
        agent = Driver(http_proxy="http://127.0.0.1:1", HTTP_PROXY="http://127.0.0.1:1", NETRC=str(tmp_path / "netrc"))
        with agent.process:
            assert "Authorization" not in agent.get(server.url)["body"]


@pytest.mark.parametrize(
    ("given", "sent"),
    [("ü€", "ü€".encode()), ('"a\\"; b', b'"a\\"; b'), ("\udcff\udc80", b"\xff\x80"), ("x" * 10_000, b"x" * 10_000)],
    ids=["unicode", "quotes", "odd bytes", "10 KB"],
)
def test_headers_go_out_to_the_byte(agent: Driver, given: str, sent: bytes) -> None:
    seen: list[bytes] = []

    def serve(peer: Peer) -> None:
        seen.append(peer.request())
        peer.reply()

    with site(serve) as server:
        assert agent.get(server.url, headers={"X-Odd": given})["ok"]
    assert b"\r\nX-Odd: " + sent + b"\r\n" in seen[0]


@pytest.mark.parametrize(
    ("headers", "requests", "h11"),
    [
        (
            {"X": "a\r\nB: c"},
            "Invalid leading whitespace, reserved character(s), or return character(s) in header value: b'a\\r\\nB: c'",
            "{}: a header cannot hold a line break: b'X': b'a\\r\\nB: c'",
        ),
        (
            {"Ü": "a"},
            "{}: 'ascii' codec can't encode character '\\xdc' in position 0: ordinal not in range(128)",
            "{}: b'\\xc3\\x9c' is no name of a header",
        ),
        (
            {"X": "\ud800"},
            "'utf-8' codec can't encode character '\\ud800' in position 0: surrogates not allowed",
            "{}: 'utf-8' codec can't encode character '\\ud800' in position 0: surrogates not allowed",
        ),
    ],
)
def test_what_http_cannot_carry_is_unsendable(agent: Driver, headers: dict[str, str], requests: str, h11: str) -> None:
    with site(echo()) as server:
        reply = agent.get(server.url, headers=headers)
        text = {"requests": requests, "h11": h11}[agent.via].format(f"GET {server.url}")
        assert (reply["ok"], reply["error"], reply["local"]) == (False, {"kind": "unsendable", "text": text}, None)
        assert agent.get(server.url)["ok"]
