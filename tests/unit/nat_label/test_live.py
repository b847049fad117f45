"""The add-ons in a real mitmweb: clients of several loopback addresses, a server that shares one note among all."""

import http.client
import json
import os
import re
import selectors
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from mitmproxy.http import HTTPFlow
from mitmproxy.io import FlowReader

ROOT = Path(__file__).parents[3]
PROGRAMS = Path(sys.executable).parent
PATIENCE = 30.0
PROXY, PAGE, WAN = "127.0.0.81", "127.0.0.81", "127.0.0.2"
PASSWORD = "from the environment"
COLUMNS = ["path", "method", "status", "comment"]
ALICE, BOB = "127.0.0.11", "127.0.0.12"


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
RAW = {
    "/stream": CHUNKED + b"Content-Type: text/event-stream\r\n\r\n9\r\ndata: 0\n\n\r\n",
    "/trailers": CHUNKED + b"Trailer: X-Sum\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 42\r\n\r\n",
    "/early": b"HTTP/1.1 103 Early Hints\r\nLink: </s.css>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
    "/ws": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n\x81\x05hello\x81\x05again\x88\x00",
}
UPGRADE = (
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)


class SharedNote(BaseHTTPRequestHandler):
    """Everybody reads what anybody wrote. /nothing is answered with nothing, /stream never ends, /early has a reply before
    the reply, /trailers something behind it, /ws two messages; the rest is answered with the address it came from."""

    protocol_version = "HTTP/1.1"
    note = ""

    def do_GET(self) -> None:
        if self.path == "/nothing":
            self.close_connection = True
            return
        if self.path in RAW:
            self.wfile.write(RAW[self.path])
            self.close_connection = self.path == "/ws"
            if self.path == "/stream":
                self.rfile.read(1)  # until the client has gone
            return
        body = json.dumps({"note": SharedNote.note, "seen_from": "{}:{}".format(*self.client_address)}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        if self.path == "/login":
            self.send_header("Set-Cookie", "sid=k3Xq77; HttpOnly")
        self.end_headers()
        self.wfile.write(body)

    def do_PUT(self) -> None:
        content = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        SharedNote.note = content.get("note", SharedNote.note)
        self.do_GET()

    def do_POST(self) -> None:
        self.do_PUT()

    def log_message(self, *anything: object) -> None:
        pass


@dataclass
class Proxy:
    port: int
    server: str
    flows: Path

    def ask(self, who: str, what: str, sends: object = None, cookie: str = "", port: int = 0) -> tuple[int, Any]:
        """A request of a client through the proxy: status, and the JSON of the reply."""
        method, url = what.split()
        url = f"http://{self.server}{url}" if url.startswith("/") else url
        connection = http.client.HTTPConnection(PROXY, self.port, PATIENCE, (who, port))
        try:
            headers = {"Cookie": cookie} if cookie else {}
            connection.request(method, url, None if sends is None else json.dumps(sends), headers)
            response = connection.getresponse()
            content = response.read()
            return response.status, json.loads(content) if content.startswith(b"{") else content
        finally:
            connection.close()

    def raw(self, path: str, last: bytes, head: str = "") -> bytes:
        """All that comes back, until the last of it is there; then the client goes."""
        said = b""
        with socket.create_connection((PROXY, self.port), PATIENCE) as line:
            line.sendall(f"GET http://{self.server}{path} HTTP/1.1\r\nHost: {self.server}\r\n{head}\r\n".encode())
            while last not in said:
                part = line.recv(65536)
                assert part, said
                said += part
        return said

    def written(self) -> list[HTTPFlow]:
        with self.flows.open("rb") as file:
            return [flow for flow in FlowReader(file).stream() if isinstance(flow, HTTPFlow)]

    def page(self, path: str, password: str = PASSWORD) -> bytes:
        """What mitmweb's own page answers to who knows the password."""
        connection = http.client.HTTPConnection(PAGE, 8081, PATIENCE)
        try:
            connection.request("GET", path, headers={"Authorization": f"Bearer {password}"})
            return connection.getresponse().read()
        finally:
            connection.close()


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    """mitmweb as the lab starts it, but for the mode: here a client names its server to the proxy."""
    folder = tmp_path_factory.mktemp("mitmweb")
    (folder / "hosts").write_text(f"{ALICE} alice.lab.test\n{BOB} bob.lab.test\n", encoding="utf-8")
    options: dict[str, object] = {
        "label_flows": folder / "flows.mitm",
        "label_hosts": folder / "hosts",
        "confdir": folder,
    }
    settings = [("web_columns", column) for column in COLUMNS] + [*options.items()]
    argv: list[str | Path] = [
        PROGRAMS / "mitmweb",
        *("--listen-host", PROXY, "--listen-port", "0", "--web-host", PAGE, "--no-web-open-browser"),
        *("-s", ROOT / "nat/label.py", "-s", ROOT / "nat/transparent.py"),
        *("-s", ROOT / "nat/quick.py", "-s", ROOT / "nat/page.py"),
        *(part for name, value in settings for part in ("--set", f"{name}={value}")),
    ]
    server = ThreadingHTTPServer(("127.0.0.1", 0), SharedNote)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    environment = os.environ | {"WAN": WAN, "LAB_MITMWEB_PASSWORD": PASSWORD, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(argv, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        try:
            said = until(process, r"(?s)proxy listening at [\d.]+:(\d+).*Web server listening at ")
            host, port = server.server_address[:2]
            yield Proxy(int(said[1]), f"{host!s}:{port}", folder / "flows.mitm")
        finally:
            process.terminate()
            server.shutdown()
            server.server_close()


def until(process: subprocess.Popen[bytes], pattern: str) -> re.Match[str]:
    """Read what a process says until it matches."""
    said = b""
    deadline = time.monotonic() + PATIENCE
    assert process.stdout
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while not (found := re.search(pattern, said.decode())):
            assert selector.select(deadline - time.monotonic()), f"mitmweb said only: {said.decode()}"
            part = os.read(process.stdout.fileno(), 65536)
            assert part, f"mitmweb ended: {said.decode()}"
            said += part
    return found


def test_the_server_sees_the_public_address_and_the_clients_own_port(proxy: Proxy) -> None:
    connection = http.client.HTTPConnection(PROXY, proxy.port, PATIENCE, (ALICE, 0))
    connection.connect()
    port = connection.sock.getsockname()[1]
    connection.request("GET", f"http://{proxy.server}/")
    assert json.loads(connection.getresponse().read())["seen_from"] == f"{WAN}:{port}"
    assert proxy.written()[-1].comment == f"alice  {ALICE}:{port} → {WAN}:{port}  no cookie"

    _, again = proxy.ask(BOB, "GET /", port=port)
    assert again["seen_from"] != f"{WAN}:{port}", "the port is in use, so Bob gets another"
    assert proxy.written()[-1].comment == f"bob  {BOB}:{port} → {again['seen_from']}  no cookie"
    connection.close()


def test_a_leak_is_marked_in_the_page_and_in_the_file(proxy: Proxy) -> None:
    """1. Bob logs in and writes. 2. Alice, with Bob's cookie, reads it. 3. Page and file show the same."""
    proxy.ask(BOB, "POST /login", {"user": "bob"})
    proxy.ask(BOB, "PUT /note", {"note": "c-4f1c0f7a9e21"}, "sid=k3Xq77")
    assert proxy.ask(ALICE, "GET /note", cookie="sid=k3Xq77")[1]["note"] == "c-4f1c0f7a9e21"

    leak = proxy.written()[-1]
    assert leak.comment.endswith("  sid=k3Xq… (bob)  carries bob's note!")
    assert leak.marked == ":warning:"
    shown = json.loads(proxy.page("/flows"))[-1]
    assert (shown["comment"], shown["marked"]) == (leak.comment, "⚠")
    assert json.loads(proxy.page("/options"))["web_columns"]["value"] == COLUMNS


def test_the_page_is_for_who_knows_the_password_of_the_environment(proxy: Proxy) -> None:
    assert proxy.page("/flows").startswith(b"[")
    assert proxy.page("/flows", "another") == b""


def test_the_page_gives_comments_room(proxy: Proxy) -> None:
    """The style sheet that the page names is mitmweb's own, with ours at its end."""
    sheet = re.search(r"static/index-[^\"?]+\.css", proxy.page("/").decode())
    assert sheet
    style = proxy.page(f"/{sheet[0]}").decode()
    assert ".flow-table .col-comment{width:150px" in style
    assert style.rstrip().endswith(".flow-table td.col-comment { text-align: left; white-space: pre; }")
    assert b"404" in proxy.page("/static/index-other.css")


def test_a_server_that_says_nothing_says_nothing_through_the_proxy(proxy: Proxy) -> None:
    with pytest.raises(http.client.RemoteDisconnected):
        proxy.ask(ALICE, "GET /nothing")
    assert proxy.written()[-1].comment.endswith("  no cookie  no reply: server closed connection")


def test_mitmwebs_own_page_cannot_be_reached_through_the_proxy(proxy: Proxy) -> None:
    status, body = proxy.ask(ALICE, f"GET http://{PAGE}:8081/")
    assert status == 502
    assert f"{PAGE}:8081 is a port of mitmproxy itself; clients may not go there" in body.decode()


def test_the_file_can_be_opened_by_mitmproxy_itself(proxy: Proxy) -> None:
    """While the lab goes on."""
    proxy.ask(ALICE, "GET /")
    argv: list[str | Path] = [PROGRAMS / "mitmdump", "-n", "-r", proxy.flows, "--set", "dumper_filter=~comment alice"]
    shown = subprocess.run(argv, capture_output=True, timeout=PATIENCE, check=True, text=True)
    assert f"GET http://{proxy.server}/" in shown.stdout
    assert shown.stderr == ""


def test_an_event_stream_passes_as_it_comes_and_its_flow_has_what_passed(proxy: Proxy) -> None:
    proxy.raw("/stream", b"data: 0\n\n")
    flow = kept(proxy, "/stream")
    assert flow.response
    assert flow.response.raw_content == b"data: 0\n\n"


def test_trailers_and_replies_before_the_reply_arrive(proxy: Proxy) -> None:
    assert proxy.raw("/trailers", b"42\r\n\r\n").endswith(b"\r\n3\r\nabc\r\n0\r\nX-Sum: 42\r\n\r\n")
    flow = kept(proxy, "/trailers")
    assert flow.response
    assert flow.response.trailers
    assert (flow.response.raw_content, flow.response.trailers["X-Sum"]) == (b"abc", "42")
    assert proxy.raw("/early", b"\r\n\r\nok").startswith(RAW["/early"].partition(b" 200 ")[0])


def test_the_flow_of_a_websocket_has_its_messages(proxy: Proxy) -> None:
    proxy.raw("/ws", b"again", UPGRADE)
    flow = kept(proxy, "/ws")
    assert flow.websocket
    assert [message.content for message in flow.websocket.messages] == [b"hello", b"again"]


def kept(proxy: Proxy, path: str) -> HTTPFlow:
    """The flow of that path, as soon as it is in the file."""
    deadline = time.monotonic() + PATIENCE
    while True:
        found = [flow for flow in proxy.written() if flow.request.path == path]
        if found:
            return found[-1]
        assert time.monotonic() < deadline, f"there is no flow of {path} in the file"
        time.sleep(0.02)
