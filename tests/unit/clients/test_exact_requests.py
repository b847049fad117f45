"""What the client on h11 sends is what it was told to send, to the byte."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.unit.clients.driver import Driver, Peer, Site, echo, site


class Listening(Site):
    """A server that keeps what it was sent."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        super().__init__(self.listen)

    def listen(self, peer: Peer) -> None:
        while request := peer.request():
            self.heard.append(request)
            peer.reply("Set-Cookie: new=1")


@pytest.fixture
def server() -> Iterator[Listening]:
    listening = Listening()
    yield listening
    listening.end()


def head(message: bytes) -> list[bytes]:
    """The lines of a request, without its first and without Host, which holds a random port."""
    lines = message.partition(b"\r\n\r\n")[0].split(b"\r\n")
    return [line for line in lines[1:] if not line.startswith(b"Host: 127.0.0.1:")]


OWN = [b"User-Agent: cookielab", b"Accept: */*", b"Accept-Encoding: gzip, deflate, br"]


def test_what_every_client_sends_is_sent_unless_the_headers_say_otherwise(exact: Driver, server: Listening) -> None:
    exact.get(server.url, keep=False)
    exact.get(server.url, headers=[["accept", "text/html"], ["HOST", "odd"], ["User-Agent", ""]])
    assert head(server.heard[0]) == OWN
    assert head(server.heard[1]) == [OWN[2], b"accept: text/html", b"HOST: odd", b"User-Agent: "]


def test_headers_keep_their_order_their_case_and_their_doubles(exact: Driver, server: Listening) -> None:
    exact.get(server.url, headers=[["x-a", "1"], ["X-B", " \udcff\0\t"], ["X-A", "2"], ["x-a", ""]])
    assert head(server.heard[0])[3:] == [b"x-a: 1", b"X-B:  \xff\0\t", b"X-A: 2", b"x-a: "]


def test_two_cookie_lines_are_two_lines(exact: Driver, server: Listening) -> None:
    """1. As given, in place of the jar's. 2. None at all. 3. The next request has the jar's again."""
    exact("set_cookie", name="sid", value="1", url=server.url)
    two = exact.get(server.url, cookies=["sid=1; a=b", "x=\udce9;; ="], keep=False)
    none = exact.get(server.url, cookies=[], keep=False)
    jar = exact.get(server.url, keep=False)
    assert head(server.heard[0])[3:] == [b"Cookie: sid=1; a=b", b"Cookie: x=\xe9;; ="]
    assert head(server.heard[1]) == OWN
    assert head(server.heard[2])[3:] == [b"Cookie: sid=1"]
    assert [each["cookies_sent"] for each in (two, none, jar)] == ["sid=1; a=b; x=é;; =", None, "sid=1"]


def test_a_cookie_among_the_headers_stands_in_place_of_the_jars(exact: Driver, server: Listening) -> None:
    exact("set_cookie", name="sid", value="1", url=server.url)
    reply = exact.get(server.url, headers=[["cookie", "a=1"], ["X", "y"]])
    assert head(server.heard[0])[3:] == [b"cookie: a=1", b"X: y"]
    assert reply["cookies_sent"] == "a=1"


def test_a_frozen_jar_takes_nothing_in(agent: Driver, server: Listening) -> None:
    assert agent.get(server.url, keep=False)["jar"] == []
    assert [cookie["name"] for cookie in agent.get(server.url)["jar"]] == ["new"]


@pytest.mark.parametrize(
    ("body", "kind", "content"),
    [
        ({"form": [["a", "ü b&"], ["a", "\udcff"]]}, "application/x-www-form-urlencoded", b"a=%C3%BC+b%26&a=%FF"),
        ({"form": []}, "application/x-www-form-urlencoded", b""),
        ({"text": "grüß\udcff"}, "text/plain; charset=utf-8", b"gr\xc3\xbc\xc3\x9f\xff"),
        ({"json": {"a": "ü"}}, "application/json", b'{"a": "\\u00fc"}'),
        ({"json": False}, "application/json", b"false"),
    ],
)
def test_bodies(agent: Driver, server: Listening, body: dict[str, object], kind: str, content: bytes) -> None:
    """By either client: the body, its length and its type, unless the headers name another."""
    agent("request", method="POST", url=server.url, **body)
    agent("request", method="POST", url=server.url, headers={"content-type": "x/y"}, **body)
    for message, said in zip(server.heard, (f"Content-Type: {kind}", "content-type: x/y"), strict=True):
        lines, sent = head(message), message.partition(b"\r\n\r\n")[2]
        assert sent == content
        assert [line for line in lines if line.lower().startswith(b"content-type")] == [said.encode()]
        assert b"Content-Length: %d" % len(content) in lines


def test_a_multipart_form(agent: Driver, server: Listening) -> None:
    agent("request", method="POST", url=server.url, multipart=[['na"me\r\n', "ü\r\n"], ["b", ""]])
    _, _, body = server.heard[0].partition(b"\r\n\r\n")
    (kind,) = [line for line in head(server.heard[0]) if line.startswith(b"Content-Type: ")]
    boundary = kind.removeprefix(b"Content-Type: multipart/form-data; boundary=")
    first = b'--%s\r\nContent-Disposition: form-data; name="na%%22me%%0D%%0A"\r\n\r\n\xc3\xbc\r\n\r\n' % boundary
    second = b'--%s\r\nContent-Disposition: form-data; name="b"\r\n\r\n\r\n' % boundary
    assert body == first + second + b"--%s--\r\n" % boundary


def test_a_post_of_nothing_says_so(exact: Driver, server: Listening) -> None:
    """Servers answer 411 otherwise."""
    exact("request", method="POST", url=server.url)
    assert b"Content-Length: 0" in head(server.heard[0])


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("", b"/"),
        ("?q", b"/?q"),
        ("a b?c=ü&d=%41|\udcff#x", b"/a%20b?c=%C3%BC&d=%41|%FF"),
        ("../a//b/", b"/../a//b/"),
        ("a\r\nX: y", b"/aX:%20y"),
    ],
)
def test_the_target_is_that_of_the_url(exact: Driver, server: Listening, path: str, sent: bytes) -> None:
    exact.get(server.url + path)
    assert server.heard[0].split(b"\r\n")[0] == b"GET " + sent + b" HTTP/1.1"


def test_a_connection_elsewhere_leaves_the_url_as_it_is(exact: Driver, server: Listening) -> None:
    """The host that is asked is the URL's, also for the jar; where the connection leads is another matter."""
    url, place = "http://shop.lab.test:8000/", server.url.removeprefix("http://").rstrip("/")
    reply = exact.get(url, connect=place)
    assert server.heard[0].split(b"\r\n")[1] == b"Host: shop.lab.test:8000"
    assert reply["jar"][0]["domain"] == "shop.lab.test"
    assert exact.get(url, connect=place)["cookies_sent"] == "new=1"
    assert exact.get(server.url)["cookies_sent"] is None


def test_the_connection_is_kept_unless_the_request_says_close(exact: Driver, server: Listening) -> None:
    exact.get(server.url)
    exact.get(server.url, headers={"Connection": "close"})
    exact.get(server.url)
    assert [peer.number for peer in server.peers] == [0, 1]


def test_a_burst_is_one_request_many_times_at_once(agent: Driver, server: Listening) -> None:
    request = {"method": "PUT", "url": server.url, "json": 1, "via": agent.via}
    reply = agent("burst", request=request, times=20)
    assert len(reply["replies"]) == len(server.peers) == len(server.heard) == 20
    assert len({each["local"] for each in reply["replies"]}) == 20
    assert all(message.endswith(b"\r\n\r\n1") for message in server.heard)


LINE: dict[str, Any] = {"method": "GET", "url": "http://127.0.0.1/"}


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"via": "curl"}, "request: 'via' must be requests or h11, not \"curl\""),
        ({"via": "h11", "headers": [["a"]]}, "request: 'headers'[0] must be [name, value], two strings, not [\"a\"]"),
        ({"json": 1, "text": "a"}, "request: 'json' and 'text' are two bodies; a request has one"),
        ({"via": "h11", "cookies": "a=1"}, "request: 'cookies' must be a list of strings, not \"a=1\""),
        ({"keep": 0}, "request: 'keep' must be true or false, not 0"),
        ({"via": "h11", "connect": "localhost"}, "request: 'connect' must be ip:port or [ip]:port, not 'localhost'"),
        ({"via": "h11", "connect": "::1:99999"}, "request: 'connect' must be ip:port or [ip]:port, not '::1:99999'"),
        ({"limit": 5}, 'request: \'limit\' needs "via": "h11"; requests does not do it'),
        ({"cookies": ["a=1", "b=2"]}, 'requests sends no header twice; "via": "h11" does'),
        ({"headers": [["A", "1"], ["a", "2"]]}, 'requests sends no header twice; "via": "h11" does'),
        ({"via": "h11", "tls": {"ca": "x"}}, "'tls': 'ca' holds no certificate in PEM form: 'x'"),
        ({"via": "h11", "tls": {"verfy": False}}, "request: 'tls': no such field: 'verfy'"),
        (
            {"via": "h11", "url": "ftp://a/"},
            "url 'ftp://a/' does not begin with http:// or https://, which is all that is spoken here",
        ),
        (
            {"via": "h11", "url": "http://[::1"},
            "url 'http://[::1' names no host; give one such as http://server.lab.test:8001/",
        ),
        (
            {"via": "h11", "url": "http://a:99999/"},
            "url 'http://a:99999/' names no host; give one such as http://server.lab.test:8001/",
        ),
        (
            {"via": "h11", "url": "http://me:pw@a/"},
            "url 'http://me:pw@a/' holds a user or a password; send them as an Authorization header",
        ),
    ],
)
def test_what_makes_no_sense_is_named(only_agent: Driver, fields: dict[str, object], text: str) -> None:
    reply = only_agent.line(json.dumps({"do": "request"} | LINE | fields).encode())
    assert reply["error"] == {"kind": "usage", "text": text}


@pytest.mark.parametrize("method", ["G\nT", "", "GE T", "\udcff"])
def test_a_method_that_is_none_is_unsendable(exact: Driver, method: str) -> None:
    with site(echo()) as server:
        reply = exact("request", method=method, url=server.url)
        assert reply["error"] == {
            "kind": "unsendable",
            "text": f"{method} {server.url}: {method!r} is no method",
        }
        assert server.peers == []
