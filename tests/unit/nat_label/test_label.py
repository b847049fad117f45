"""What the comment beside a flow says, and which flows are marked."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from mitmproxy.http import Headers, HTTPFlow
from mitmproxy.io import FlowReader
from mitmproxy.test import taddons, tflow, tutils

from nat.label import Label, addons, names

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


def test_a_session_is_unknown_then_anonymous_then_somebodys_then_anonymous(lab: Lab) -> None:
    """1. Bob invents an id. 2. The server issues one. 3. He logs in on it. 4. He logs out."""
    assert lab.comment("bob", "GET /", {}, "sid=invented") == "sid=inve… (unknown)"
    lab.exchange("bob", "GET /", {}, sets="sid=k3Xq77; HttpOnly")
    assert lab.comment("bob", "POST /login", {"user": "bob"}, "sid=k3Xq77") == "sid=k3Xq… (anonymous)"
    assert lab.comment("bob", "GET /whoami", {}, "sid=k3Xq77") == "sid=k3Xq… (bob)"
    lab.exchange("bob", "POST /logout", {}, "sid=k3Xq77")
    assert lab.comment("bob", "GET /whoami", {}, "sid=k3Xq77") == "sid=k3Xq… (anonymous)"


def test_a_login_that_issues_a_new_id_names_the_new_one_only(lab: Lab) -> None:
    lab.exchange("bob", "GET /", {}, sets="sid=before")
    lab.exchange("bob", "POST /login", {"user": "bob"}, "sid=before", sets="sid=after1")
    assert lab.comment("bob", "GET /", {}, "sid=after1") == "sid=afte… (bob)"
    assert lab.comment("bob", "GET /", {}, "sid=before") == "sid=befo… (anonymous)"


def test_a_shared_cookie_stands_for_who_logged_in_last(lab: Lab) -> None:
    """The article's constant cookie: Alice's own browser is in Bob's session."""
    for user in ("alice", "bob"):
        lab.exchange(user, "POST /login", {"user": user}, sets="mycookie=213a238d8; Max-Age=50000")
    assert lab.comment("alice", "GET /note", {}, "mycookie=213a238d8") == "mycookie=213a… (bob)"


def test_a_cookie_means_nothing_at_another_server_of_the_host(lab: Lab) -> None:
    lab.exchange("bob", "POST /login", {"user": "bob"}, sets="sid=k3Xq77")
    assert lab.comment("bob", "GET /", {}, "sid=k3Xq77", server=9002) == "sid=k3Xq… (unknown)"


@pytest.mark.parametrize("cookie", ["lang=en; sid=k3Xq77", "lang=en\nsid=k3Xq77", 'x={"a":1}; =; sid=k3Xq77'])
def test_among_many_cookies_the_session_is_found(lab: Lab, cookie: str) -> None:
    """Also over several lines, and beside malformed ones."""
    lab.exchange("bob", "POST /login", {"user": "bob"}, sets="sid=k3Xq77")
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


def test_a_login_by_form_counts_too(lab: Lab) -> None:
    flow = tflow.tflow(req=tutils.treq(method=b"POST", path=b"/login", content=b"user=bob"), resp=True)
    assert flow.response
    flow.response.headers = Headers([(b"Set-Cookie", b"sid=k3Xq77")])
    lab.label.response(flow)
    assert list(lab.label.users.values()) == ["bob"]


def test_a_login_that_failed_is_none(lab: Lab) -> None:
    flow = tflow.tflow(req=tutils.treq(method=b"POST", path=b"/login", content=b'{"user": "bob"}'), resp=True)
    assert flow.response
    flow.response.status_code = 401
    flow.response.headers = Headers([(b"Set-Cookie", b"sid=k3Xq77")])
    lab.label.response(flow)
    assert list(lab.label.users.values()) == [None]


@pytest.mark.parametrize("body", ["[]", '"user"', '{"user": 3}', "{", "\ud800".encode("utf-8", "surrogatepass")])
def test_a_strange_login_harms_nothing(lab: Lab, body: str | bytes) -> None:
    content = body if isinstance(body, bytes) else body.encode()
    flow = tflow.tflow(req=tutils.treq(method=b"POST", path=b"/login", content=content), resp=True)
    lab.label.request(flow)
    lab.label.response(flow)
    assert set(lab.label.users.values()) <= {None}


@pytest.mark.parametrize(
    ("note", "reply", "sets"),
    [
        ("canary-4f1c", '{"note": "canary-4f1c"}', ""),
        ("canary-4f1c", "", "hint=canary-4f1c"),
        ('grüß "dich"', json.dumps({"note": 'grüß "dich"'}), ""),
        ("<b>canary</b>", "<p>&lt;b&gt;canary&lt;/b&gt;</p>", ""),
    ],
    ids=["JSON", "header", "escaped JSON", "page"],
)
def test_a_reply_with_anothers_note_is_marked(lab: Lab, note: str, reply: str, sets: str) -> None:
    """1. Carol writes. 2. She reads her own: fine. 3. Alice reads it: a leak."""
    assert lab.exchange("carol", "PUT /note", {"note": note}, reply=reply).marked == ""
    assert lab.exchange("carol", "GET /note", {}, reply=reply, sets=sets).marked == ""
    leak = lab.exchange("alice", "GET /note", {}, reply=reply, sets=sets)
    assert leak.marked == ":warning:"
    assert leak.comment.endswith("no cookie  carries carol's note!")


def test_a_note_that_two_wrote_tells_nothing_of_these_two(lab: Lab) -> None:
    for who in ("carol", "bob"):
        lab.exchange(who, "PUT /note", {"note": "shopping"})
    assert lab.exchange("bob", "GET /note", {}, reply="shopping").marked == ""
    assert lab.comment("alice", "GET /note", {}, reply="shopping") == "no cookie  carries bob's and carol's note!"


def test_a_note_of_a_letter_or_two_proves_nothing(lab: Lab) -> None:
    lab.exchange("carol", "PUT /note", {"note": "note"})
    assert lab.exchange("alice", "GET /note", {}, reply='{"note": null}').marked == ""


def test_the_file_is_whole_after_every_flow(lab: Lab) -> None:
    """Read while it is still open, labels included; replies and failures alike."""
    for number in range(1, 4):
        lab.exchange("carol", "PUT /note", {"note": "canary-4f1c"})
        with lab.path.open("rb") as file:
            assert len(list(FlowReader(file).stream())) == number
    lab.exchange("alice", "GET /note", {}, reply="canary-4f1c")
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
