"""A server that speaks HTTPS with a certificate of its own: not believed, believed by its CA, or taken as it is."""

import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import trustme

from cookielab.stage.agents import Agents
from cookielab.subjects.kinds import Brought
from cookielab.subjects.reading import load
from scenarios import SCENARIOS
from tests.subjects import small

PROFILE = """url: https://localhost:{port}
{more}
users: {{alice: {{}}, bob: {{}}}}
login: {{json: {{post: /login, body: {{user: "{{username}}"}}}}}}
me: {{get: /, json: user}}
"""


class Server(BaseHTTPRequestHandler):
    """Whoever logs in gets their name as a cookie: enough to see who is taken for whom."""

    def do_GET(self) -> None:
        _, _, user = self.headers.get("Cookie", "").partition("user=")
        self._reply(f'{{"user": "{user}"}}' if user else '{"user": null}')

    def do_POST(self) -> None:
        user = self.rfile.read(int(self.headers["Content-Length"])).decode().split('"')[3]
        self._reply("{}", ("Set-Cookie", f"user={user}; Path=/; Secure"))

    def _reply(self, body: str, *headers: tuple[str, str]) -> None:
        self.send_response(200)
        for name, value in (*headers, ("Content-Length", str(len(body)))):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def place(tmp_path: Path) -> Iterator[int]:
    """Its port on this machine; the CA lies in `ca.pem`."""
    ca = trustme.CA()
    ca.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert("localhost", "127.0.0.1").configure_cert(context)
    with ThreadingHTTPServer(("127.0.0.1", 0), Server) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server.server_address[1]
        server.shutdown()


@pytest.mark.parametrize(
    ("more", "failed"),
    [("", "page found"), ("ca: ca.pem", None), ("verify: no", None)],
    ids=["unknown", "ca", "unchecked"],
)
def test_https(agents: Agents, tmp_path: Path, place: int, more: str, failed: str | None) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(PROFILE.format(port=place, more=more))
    nat = [scenario for scenario in SCENARIOS if scenario.id == "nat"]
    outcome = small.check(agents, Brought("mine", load(path, {}), tmp_path), tmp_path / "check", nat)
    row = outcome.flight.failed
    assert (row and row.what) == failed, outcome.told()
    if row:
        assert "the certificate of localhost is not to be believed" in row.saw
        assert "name the CA that signed it (`ca:` in the profile) or do without (`verify: no`)" in row.saw
    else:
        assert [checked.state for checked in outcome.rows] == ["holds"], outcome.told()
