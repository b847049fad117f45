"""What the comment beside a flow says, and which flows are marked."""

import gzip
import json
import zlib
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterator
from pathlib import Path

import brotli  # type: ignore[import-untyped]
import pytest
from mitmproxy.http import Headers, HTTPFlow
from mitmproxy.io import FlowReader
from mitmproxy.test import taddons, tflow, tutils

from nat.label import Label, addons, body, names

HOSTS = """127.0.0.1 localhost
192.168.10.11\talice.lab.test alice
192.168.10.12 bob.lab.test   # behind the same gateway
192.168.10.13 carol.lab.test
198.51.100.80 server.lab.test
"""
CLIENTS = {"alice": "192.168.10.11", "bob": "192.168.10.12", "carol": "192.168.10.13", "stranger": "192.168.10.99"}


class Lab:
    """A label add-on, and exchanges that pass it one after the other."""

    def __init__(self, folder: Path) -> None:
        self.label = Label()
        self.context = taddons.context(self.label)  # type: ignore[no-untyped-call]
        (folder / "hosts").write_text(HOSTS, encoding="utf-8")
        options = {"label_hosts": str(folder / "hosts"), "label_flows": str(folder / "runs/flows")}
        self.context.configure(self.label, **options)  # type: ignore[no-untyped-call]
        self.path = folder / "runs/flows"

    def exchange(  # noqa: PLR0917 (an exchange reads best in the order in which it happens)
        self,
        who: str,
        request: str,
        sends: dict[str, str],
        cookie: str = "",
        reply: str = "",
        sets: str = "",
        server: int = 9001,
    ) -> HTTPFlow:
        method, path = request.split()
        headers = Headers([(b"Cookie", line.encode()) for line in cookie.split("\n") if line])
        asked = tutils.treq(
            method=method.encode(), path=path.encode(), headers=headers, content=json.dumps(sends).encode()
        )
        given = Headers([(b"Set-Cookie", line.encode()) for line in sets.split("\n") if line])
        flow = tflow.tflow(req=asked, resp=tutils.tresp(headers=given, content=reply.encode()))
        flow.client_conn.peername = (CLIENTS[who], 40000)
        flow.server_conn.address = ("198.51.100.80", server)
        flow.server_conn.sockname = ("198.51.100.2", 40000)
        self.label.request(flow)
        self.label.response(flow)
        return flow

    def comment(self, *exchange: object, **more: object) -> str:
        """What follows the addresses in the comment on an exchange."""
        return self.exchange(*exchange, **more).comment.split("  ", 2)[2]  # type: ignore[arg-type]


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    lab = Lab(tmp_path)
    with lab.context:
        yield lab
    lab.label.done()


def test_the_script_is_one_add_on() -> None:
    assert [type(addon) for addon in addons] == [Label]


def test_names_are_those_of_the_lab() -> None:
    assert names(HOSTS) == {address: name for name, address in CLIENTS.items() if name != "stranger"} | {
        "198.51.100.80": "server"
    }


def test_a_flow_says_from_whom_and_by_which_way(lab: Lab) -> None:
    flow = lab.exchange("alice", "GET /", {})
    assert flow.comment == "alice  192.168.10.11:40000 → 198.51.100.2:40000  no cookie"
    assert flow.marked == ""


def test_a_client_without_a_name_is_its_address(lab: Lab) -> None:
    assert lab.exchange("stranger", "GET /", {}).comment.startswith("192.168.10.99  192.168.10.99:40000 → ")


def test_ipv6_addresses_stand_in_brackets(lab: Lab) -> None:
    flow = tflow.tflow(resp=True)
    flow.client_conn.peername = ("fd00::11", 40000)
    flow.server_conn.sockname = ("2001:db8::2", 40001)
    lab.label.response(flow)
    assert flow.comment == "fd00::11  [fd00::11]:40000 → [2001:db8::2]:40001  no cookie"


def test_a_flow_that_never_reached_the_server_says_so(lab: Lab) -> None:
    flow = tflow.tflow(err=True)
    flow.client_conn.peername = ("192.168.10.12", 40000)
    flow.server_conn.timestamp_tcp_setup = None
    lab.label.error(flow)
    assert flow.comment == "bob  192.168.10.12:40000 → not connected  no cookie  no reply: error"


def test_a_cookie_is_unknown_until_the_server_gives_it_to_somebody(lab: Lab) -> None:
    """1. Bob invents an id. 2. The server gives him one. 3. Alice turns up with it: it is his."""
    assert lab.comment("bob", "GET /", {}, "sid=invented") == "sid=inve… (unknown)"
    lab.exchange("bob", "GET /any/route", {}, sets="sid=k3Xq77; HttpOnly")
    assert lab.comment("bob", "GET /", {}, "sid=k3Xq77") == "sid=k3Xq… (bob)"
    assert lab.comment("alice", "GET /", {}, "sid=k3Xq77") == "sid=k3Xq… (bob)"


def test_a_cookie_that_all_are_given_is_its_first_owners(lab: Lab) -> None:
    """The article's constant cookie: Bob's own browser is in Alice's session."""
    for user in ("alice", "bob"):
        lab.exchange(user, "POST /", {}, sets="mycookie=213a238d8; Max-Age=50000")
    assert lab.comment("bob", "GET /note", {}, "mycookie=213a238d8") == "mycookie=213a… (alice)"


def test_a_reply_tells_of_later_requests_only(lab: Lab) -> None:
    assert lab.comment("bob", "GET /", {}, "sid=k3Xq77", sets="sid=k3Xq77") == "sid=k3Xq… (unknown)"


def test_a_deleted_cookie_is_nobodys(lab: Lab) -> None:
    lab.exchange("bob", "GET /", {}, sets="sid=; Max-Age=0")
    assert lab.comment("alice", "GET /", {}, "sid=") == "sid= (unknown)"


def test_a_cookie_means_nothing_at_another_server_of_the_host(lab: Lab) -> None:
    lab.exchange("bob", "GET /", {}, sets="sid=k3Xq77")
    assert lab.comment("bob", "GET /", {}, "sid=k3Xq77", server=9002) == "sid=k3Xq… (unknown)"


@pytest.mark.parametrize(
    "cookie",
    [
        "lang=en; sid=k3Xq77",
        "lang=en\nsid=k3Xq77",
        'x={"a":1}; =; sid=k3Xq77',
        "theme=a long value for all; sid=k3Xq77",
        "n=7; sid=k3Xq77",
    ],
)
def test_among_many_cookies_the_one_that_can_be_a_session_is_shown(lab: Lab, cookie: str) -> None:
    """Also over several lines, beside malformed ones, one that all are given, and a shorter one."""
    lab.exchange("alice", "GET /", {}, sets="lang=en\ntheme=a long value for all")
    lab.exchange("bob", "GET /", {}, sets="lang=en\ntheme=a long value for all\nn=7\nsid=k3Xq77")
    assert lab.comment("bob", "GET /", {}, cookie) == "sid=k3Xq… (bob)"


@pytest.mark.parametrize(
    ("cookie", "comment"),
    [
        (b"sid=\0\xff\x1b[1m", "sid=\\x00\\udcff\\x1b[… (unknown)"),
        (b"sid=" + b"x" * 10_240, "sid=xxxx… (unknown)"),
        (b"n" * 10_240 + b"=1", "nnnnnnnnnnnnnnnnnnnn…=1 (unknown)"),
        (b"sid='; DROP", "sid=' (unknown)"),
        ("sid=ü".encode(), "sid=ü (unknown)"),
    ],
    ids=["odd bytes", "long value", "long name", "sql", "unicode"],
)
def test_a_hostile_cookie_is_spelt_out_and_kept(lab: Lab, cookie: bytes, comment: str) -> None:
    flow = tflow.tflow(req=tutils.treq(headers=Headers([(b"Cookie", cookie)])), resp=True)
    lab.label.request(flow)
    lab.label.response(flow)
    assert flow.comment.split("  ", 2)[2] == comment
    with lab.path.open("rb") as file:
        assert [kept.comment for kept in FlowReader(file).stream()] == [flow.comment]


NOTE = "c-4f1c0f7a9e21"


@pytest.mark.parametrize(
    ("reply", "sets"),
    [
        (f'{{"note": "{NOTE}"}}', ""),
        (f"user:{NOTE}", ""),
        ("", f"hint={NOTE}"),
        ("", f"hint=%22{NOTE}%22"),
        (f"<p>&lt;b&gt;{NOTE}&lt;/b&gt;</p>", ""),
        (NOTE.replace("-", "%2d"), ""),
        (NOTE.replace("-", "&#45;"), ""),
        (NOTE.replace("-", "&#x2D;"), ""),
        (NOTE.replace("-", "\\u002D"), ""),
        (f"/img/{b64encode(NOTE.encode()).decode()}.png", ""),
        (f'"{b64encode(f"x{NOTE}".encode()).decode()}"', ""),
        ("", f"sid={urlsafe_b64encode(f'{{"n": "{NOTE}"}}'.encode()).decode().rstrip('=')}.sig"),
    ],
)
def test_a_reply_with_anothers_note_is_marked(lab: Lab, reply: str, sets: str) -> None:
    """1. Carol writes. 2. She reads her own: fine. 3. Alice reads it: a leak, in whatever form."""
    assert lab.exchange("carol", "PUT /note", {"note": NOTE}, reply=reply).marked == ""
    assert lab.exchange("carol", "GET /note", {}, reply=reply, sets=sets).marked == ""
    leak = lab.exchange("alice", "GET /note", {}, reply=reply, sets=sets)
    assert leak.marked == ":warning:"
    assert leak.comment.endswith("no cookie  carries carol's note!")


@pytest.mark.parametrize(
    ("path", "headers", "content"),
    [
        (f"/a?note={NOTE}", {}, b""),
        ("/a?note=c%2D4f1c0f7a9e21", {}, b""),
        ("/a", {"X-Note": NOTE}, b""),
        ("/a", {}, f"note={NOTE}&x=1".encode()),
        ("/a", {}, f'--b\r\nContent-Disposition: form-data; name="n"\r\n\r\n{NOTE}\r\n--b--'.encode()),
        ("/a", {"Content-Encoding": "gzip"}, gzip.compress(NOTE.encode(), mtime=0)),
        ("/a", {"Content-Encoding": "br"}, brotli.compress(NOTE.encode())),
        ("/a", {"Content-Encoding": "gzip"}, NOTE.encode()),
    ],
)
def test_who_sends_a_note_first_has_written_it(lab: Lab, path: str, headers: dict[str, str], content: bytes) -> None:
    """However it is sent, to whatever route."""
    fields = Headers([(name.encode(), value.encode()) for name, value in headers.items()])
    flow = tflow.tflow(req=tutils.treq(path=path.encode(), headers=fields, content=content), resp=True)
    flow.client_conn.peername = (CLIENTS["bob"], 40000)
    lab.label.request(flow)
    lab.exchange("alice", "PUT /note", {"note": NOTE})
    assert lab.exchange("bob", "GET /", {}, reply=NOTE).marked == ""
    assert lab.comment("alice", "GET /", {}, reply=NOTE) == "no cookie  carries bob's note!"


def test_notes_of_several_are_all_named(lab: Lab) -> None:
    for who, note in (("carol", "c-000000000001"), ("bob", "c-000000000002"), ("alice", "c-000000000003")):
        lab.exchange(who, "PUT /note", {"note": note})
    reply = "c-000000000001 c-000000000002 c-000000000003"
    assert lab.comment("alice", "GET /", {}, reply=reply) == "no cookie  carries bob's and carol's note!"


@pytest.mark.parametrize(
    "text", ["shopping", "c-4f1c", "c-4f1c0f7a9e2", "c-4f1c0f7a9e210", "4b3c1a52-8a1d-4f1c-a45c-4f1c0f7a9e21"]
)
def test_what_has_another_form_is_no_note(lab: Lab, text: str) -> None:
    """A word, a colour, the end of a UUID: they may be in everybody's page."""
    lab.exchange("carol", "PUT /note", {"note": text})
    assert lab.exchange("alice", "GET /note", {}, reply=text).marked == ""


def test_a_bomb_is_looked_at_in_part(lab: Lab) -> None:
    """A gigabyte in a megabyte; what stands at its beginning is seen."""
    lab.exchange("carol", "PUT /note", {"note": NOTE})
    packer = zlib.compressobj(1, wbits=31)
    packed = packer.compress(NOTE.encode()) + b"".join(packer.compress(bytes(1 << 24)) for _ in range(64))
    flow = tflow.tflow(resp=tutils.tresp(headers=Headers(content_encoding="gzip"), content=packed + packer.flush()))
    flow.client_conn.peername = (CLIENTS["alice"], 40000)
    assert flow.response
    assert len(body(flow.response)) == 1_000_000
    lab.label.response(flow)
    assert flow.marked == ":warning:"


def test_what_is_remembered_has_an_end(lab: Lab) -> None:
    for number in range(11):
        lab.exchange("bob", "GET /", {}, sets="\n".join(f"c{number}-{each}=1" for each in range(1000)))
    assert len(lab.label.given) == 10_000
    assert lab.comment("bob", "GET /", {}, "c0-0=1") == "c0-0=1 (unknown)"
    assert lab.comment("bob", "GET /", {}, "c10-999=1") == "c10-999=1 (bob)"


def test_the_file_is_whole_after_every_flow(lab: Lab) -> None:
    """Read while it is still open, labels included; replies and failures alike."""
    for number in range(1, 4):
        lab.exchange("carol", "PUT /note", {"note": "c-4f1c0f7a9e21"})
        with lab.path.open("rb") as file:
            assert len(list(FlowReader(file).stream())) == number
    lab.exchange("alice", "GET /note", {}, reply="c-4f1c0f7a9e21")
    failed = tflow.tflow(err=True)
    lab.label.error(failed)
    lab.label.tcp_end(tflow.ttcpflow())
    with lab.path.open("rb") as file:
        *_, leak, error, raw = FlowReader(file).stream()
    assert (leak.marked, leak.comment.split("  ")[-1]) == (":warning:", "carries carol's note!")
    assert (error.comment, raw.type) == (failed.comment, "tcp")


def test_a_flow_that_is_loaded_from_a_file_is_left_as_it_is(lab: Lab) -> None:
    """Else who opens the file that is being written would never see its end."""
    for loaded in (tflow.tflow(resp=True), tflow.tflow(err=True), tflow.ttcpflow()):
        loaded.live, loaded.comment = False, "as it was"
        for hook in ("request", "response", "error", "tcp_end"):
            if hook.startswith("tcp") is (loaded.type == "tcp"):
                getattr(lab.label, hook)(loaded)
        assert loaded.comment == "as it was"
    assert lab.path.read_bytes() == b""


def test_a_reply_that_names_another_user_is_marked(lab: Lab) -> None:
    """As in roam: Alice logs in, and Bob, who never has, is she."""

    def asks(who: str, request: str, sends: dict[str, str], reply: dict[str, str | None], server: int = 9001) -> str:
        flow = lab.exchange(who, request, sends, reply=json.dumps(reply), server=server)
        assert bool(flow.marked) is flow.comment.endswith("!")
        return flow.comment.split("  ")[-1] if flow.marked else ""

    assert asks("alice", "POST /login", {"user": "alice"}, {"user": "alice"}) == ""
    assert asks("alice", "GET /whoami", {}, {"user": "alice"}) == ""
    assert asks("bob", "GET /whoami", {}, {"user": None}) == ""
    assert asks("bob", "GET /whoami", {}, {"user": "alice"}) == "taken for alice!"
    assert asks("bob", "POST /login", {"user": "bob"}, {"user": "bob"}) == ""
    assert asks("bob", "GET /whoami", {}, {"user": "alice"}) == "taken for alice!"
    assert asks("alice", "POST /login", {"user": "bob"}, {"user": "bob"}) == "", "another user in her browser"
    assert asks("alice", "GET /whoami", {}, {"user": None}, server=9002) == ""
    assert asks("alice", "GET /whoami", {}, {"user": "bob"}, server=9002) == "taken for bob!", "at another server"


@pytest.mark.parametrize(
    "reply", ['{"user": 1}', '["user"]', '{"user": ', '{"user": {"name": "alice"}}', "<b>alice</b>"]
)
def test_a_reply_that_names_nobody_in_that_way_is_not(lab: Lab, reply: str) -> None:
    assert lab.exchange("bob", "GET /whoami", {}, reply=reply).marked == ""
