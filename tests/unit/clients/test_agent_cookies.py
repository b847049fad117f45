"""The jar: what is stored, sent, forgotten, and by whose clock."""

import time
from email.utils import formatdate

import pytest

from tests.unit.clients.driver import Driver, Peer, echo, site


def names(jar: list[dict[str, object]]) -> list[object]:
    return [cookie["name"] for cookie in jar]


def test_a_cookie_comes_back_and_the_reply_says_so(agent: Driver) -> None:
    with site(echo("Set-Cookie: sid=1; Path=/; HttpOnly")) as server:
        first, second = agent.get(server.url), agent.get(server.url)
    assert first["cookies_sent"] is None
    cookie = {"name": "sid", "value": "1", "domain": "127.0.0.1", "path": "/", "expires": None}
    assert first["jar"] == [cookie | {"secure": False, "httponly": True}]
    assert second["cookies_sent"] == "sid=1"
    assert "\r\nCookie: sid=1\r\n" in second["body"]


def test_cookies_know_no_ports(agent: Driver) -> None:
    """RFC 6265, section 8.5: what one server of a host sets, its neighbour on another port gets."""
    with site(echo("Set-Cookie: sid=1")) as one, site(echo()) as other:
        agent.get(one.url)
        assert agent.get(other.url)["cookies_sent"] == "sid=1"


@pytest.mark.parametrize("value", ['"a\\"b"', "ü", "{1,2}", "a=b"])
def test_a_value_comes_back_to_the_byte(agent: Driver, value: str) -> None:
    with site(echo(f"Set-Cookie: sid={value}")) as server:
        assert agent.get(server.url)["jar"][0]["value"] == value
        second = agent.get(server.url)
    assert second["cookies_sent"] == f"sid={value}"
    assert f"\r\nCookie: sid={value}\r\n" in second["body"].encode("latin-1").decode()


def test_closing_the_browser_kills_session_cookies_and_connections_only(agent: Driver) -> None:
    with site(echo("Set-Cookie: brief=1", "Set-Cookie: lasting=2; Max-Age=50000")) as server:
        before = agent.get(server.url)
        assert names(agent("close_browser")["jar"]) == ["lasting"]
        after = agent.get(server.url)
    assert after["cookies_sent"] == "lasting=2"
    assert after["local"] != before["local"]


@pytest.mark.parametrize("attribute", ["Max-Age", "Expires"])
def test_a_lasting_cookie_dies_by_the_clients_clock(agent: Driver, attribute: str) -> None:
    """1. It is alive shortly before its time. 2. It is dropped at its time, and not sent."""
    lifetime = f"{attribute}={100 if attribute == 'Max-Age' else formatdate(time.time() + 100, usegmt=True)}"
    with site(echo(f"Set-Cookie: sid=1; {lifetime}")) as setting, site(echo()) as asking:
        agent.get(setting.url)
        assert names(agent("clock", advance=80)["jar"]) == ["sid"]
        assert agent.get(asking.url)["cookies_sent"] == "sid=1"
        assert agent("clock", advance=20)["jar"] == []
        assert agent.get(asking.url)["cookies_sent"] is None


def test_a_cookie_set_after_the_clock_moved_lives_by_the_moved_clock(agent: Driver) -> None:
    date = formatdate(time.time() + 500, usegmt=True)
    with site(echo("Set-Cookie: age=1; Max-Age=100", f"Set-Cookie: date=1; Expires={date}")) as server:
        agent("clock", advance=1000)
        reply = agent.get(server.url)
        assert names(reply["jar"]) == ["age", "date"]
        assert 1090 < reply["jar"][0]["expires"] - reply["at"] < 1110
        assert 1490 < reply["jar"][1]["expires"] - reply["at"] < 1510, "the server's clock has not moved"
        assert names(agent("clock", advance=101)["jar"]) == ["date"]
        assert agent("clock", advance=400)["jar"] == []


def test_cookies_can_be_planted_and_deleted(agent: Driver) -> None:
    with site(echo()) as server:
        agent("set_cookie", name="sid", value="füx", url=server.url)
        agent("set_cookie", name="keep", value="1", url=server.url)
        planted = agent.get(server.url)
        assert planted["cookies_sent"] == "sid=füx; keep=1"
        assert names(agent("delete_cookie", name="sid")["jar"]) == ["keep"]
        assert agent.get(server.url)["cookies_sent"] == "keep=1"
        assert agent("delete_cookie", name="never was")["ok"]


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        ("sid=a\0b", b"sid=a\0b"),
        ("sid=\"'; DROP TABLE--", b"sid=\"'; DROP TABLE--"),
        ("sid=../../ü", "sid=../../ü".encode()),
        ("sid=\udcff", b"sid=\xff"),
        ("sid=" + "x" * 10_240, b"sid=" + b"x" * 10_240),
        (" ;; =", b" ;; ="),
        ("", b""),
    ],
    ids=["nul", "sql", "unicode", "odd byte", "10 KB", "nonsense", "empty"],
)
def test_a_raw_cookie_header_goes_out_to_the_byte_in_place_of_the_jars(agent: Driver, value: str, sent: bytes) -> None:
    seen: list[bytes] = []

    def serve(peer: Peer) -> None:
        while request := peer.request():
            seen.append(request)
            peer.reply("Set-Cookie: jar=1")

    with site(serve) as server:
        agent("set_cookie", name="jar", value="1", url=server.url)
        agent("cookie_header", value=value)
        reply = agent.get(server.url)
        assert b"\r\nCookie: " + sent + b"\r\n" in seen[0]
        assert seen[0].count(b"Cookie:") == 1
        assert (reply["ok"], names(reply["jar"])) == (True, ["jar"])
        agent("cookie_header", value=None)
        assert agent.get(server.url)["cookies_sent"] == "jar=1"


def test_a_raw_cookie_header_with_a_line_break_is_unsendable(agent: Driver) -> None:
    with site(echo()) as server:
        agent("cookie_header", value="sid=1\r\nHost: evil")
        reply = agent.get(server.url)
        text = "Invalid header value" if agent.via == "requests" else "a header cannot hold a line break: b'Cookie':"
        assert reply["error"] == {
            "kind": "unsendable",
            "text": f"GET {server.url}: {text} b'sid=1\\r\\nHost: evil'",
        }
        assert reply["cookies_sent"] is None
        assert server.peers == []


def test_cookies_of_a_reply_whose_body_breaks_off_are_stored(agent: Driver) -> None:
    """The head was complete, so a browser has them too."""

    def serve(peer: Peer) -> None:
        peer.request()
        peer.sock.sendall(b"HTTP/1.1 200 OK\r\nSet-Cookie: sid=1\r\nContent-Length: 10\r\n\r\nhalf")

    with site(serve) as server:
        reply = agent.get(server.url)
    kind = {"requests": "other", "h11": "malformed"}[agent.via]
    assert (reply["ok"], reply["error"]["kind"], names(reply["jar"])) == (False, kind, ["sid"])


def test_together_shares_the_jar_and_merges_what_comes_back(agent: Driver) -> None:
    """1. Both requests carry the cookies of before. 2. One reply sets, one deletes: the jar has both effects."""

    def serve(peer: Peer) -> None:
        deleting = b"/delete" in peer.request()
        peer.reply("Set-Cookie: old=; Max-Age=0" if deleting else "Set-Cookie: new=1")

    with site(serve) as server:
        agent("set_cookie", name="old", value="1", url=server.url)
        wanted = [{"method": "GET", "url": server.url + path} for path in ("delete", "set")]
        replies = agent("together", requests=wanted)["replies"]
        assert [reply["cookies_sent"] for reply in replies] == ["old=1", "old=1"]
        assert names(agent("new_connection")["jar"]) == ["new"]


def test_a_site_is_usable_after_its_cookie_storm(agent: Driver) -> None:
    """Sixty foreign cookies of 200 bytes are kept and sent, in one header."""
    with site(echo(*(f"Set-Cookie: c{number}={'x' * 200}" for number in range(60)))) as server:
        agent.get(server.url)
        sent = agent.get(server.url)["cookies_sent"]
    assert (sent.count("; "), len(sent) > 12_000) == (59, True)
