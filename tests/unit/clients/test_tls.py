"""HTTPS: certificates are checked, what is wrong with one is said, and a CA or nothing can be believed instead."""

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import trustme

from tests.unit.clients.driver import Driver, Peer, Site, echo, site


class Secured(Site):
    """A server on loopback that speaks TLS with this certificate."""

    def __init__(self, certificate: trustme.LeafCert) -> None:
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(self.context)
        super().__init__(echo("Set-Cookie: __Host-sid=1; Path=/; Secure"))
        self.url = self.url.replace("http://127.0.0.1", "https://shop.lab.test")
        self.place = "{}:{}".format(*self.listener.getsockname())

    def handle(self, peer: Peer) -> None:
        try:
            peer.sock = self.context.wrap_socket(peer.sock, server_side=True)
        except OSError:  # the client does not believe it
            peer.sock.close()
            return
        super().handle(peer)


@dataclass
class Authority:
    ca: trustme.CA

    @property
    def pem(self) -> str:
        return self.ca.cert_pem.bytes().decode()


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority(trustme.CA())


@pytest.fixture
def server(authority: Authority) -> Iterator[Secured]:
    secured = Secured(authority.ca.issue_cert("shop.lab.test"))
    yield secured
    secured.end()


def test_a_ca_that_is_named_is_believed(exact: Driver, server: Secured, authority: Authority) -> None:
    """1. The request arrives, over one connection. 2. A cookie that wants TLS comes back, and never over http."""
    first, second = (exact.get(server.url, connect=server.place, tls={"ca": authority.pem}) for _ in range(2))
    assert first["body"].startswith("GET / HTTP/1.1\r\nHost: shop.lab.test:")
    assert (first["local"], second["cookies_sent"]) == (second["local"], "__Host-sid=1")
    with site(echo()) as plain:
        place = plain.url.removeprefix("http://").rstrip("/")
        assert exact.get("http://shop.lab.test/", connect=place)["cookies_sent"] is None


def test_the_default_port_is_not_named(exact: Driver, server: Secured) -> None:
    reply = exact.get("https://shop.lab.test/", connect=server.place, tls={"verify": False})
    assert "\r\nHost: shop.lab.test\r\n" in reply["body"]


def test_anything_can_be_believed(exact: Driver, server: Secured) -> None:
    assert exact.get(server.url, connect=server.place, tls={"verify": False})["ok"]


def test_one_request_that_believes_anything_lends_its_connection_to_no_other(exact: Driver, server: Secured) -> None:
    assert exact.get(server.url, connect=server.place, tls={"verify": False})["ok"]
    assert exact.get(server.url, connect=server.place)["error"]["kind"] == "certificate"


REMEDY = "name the CA that signed it (`ca:` in the profile) or do without (`verify: no`)"


@pytest.mark.parametrize(
    ("host", "known", "why"),
    [
        ("shop.lab.test", False, "unable to get local issuer certificate"),
        ("mail.lab.test", True, "Hostname mismatch, certificate is not valid for 'mail.lab.test'."),
        ("127.0.0.1", True, "IP address mismatch, certificate is not valid for '127.0.0.1'."),
    ],
)
def test_what_is_wrong_with_a_certificate_is_said(
    exact: Driver, server: Secured, authority: Authority, *, host: str, known: bool, why: str
) -> None:
    url = server.url.replace("shop.lab.test", host)
    reply = exact.get(url, connect=server.place, tls={"ca": authority.pem if known else ""})
    text = f"GET {url}: the certificate of {host} is not to be believed: {why}; {REMEDY}"
    assert reply["error"] == {"kind": "certificate", "text": text}
    assert reply["cookies_sent"] is None
    assert reply["local"] == server.peers[0].endpoint


def test_an_expired_certificate_is_not_believed(exact: Driver, authority: Authority) -> None:
    from datetime import UTC, datetime

    server = Secured(authority.ca.issue_cert("shop.lab.test", not_after=datetime(2020, 1, 1, tzinfo=UTC)))
    text = exact.get(server.url, connect=server.place, tls={"ca": authority.pem})["error"]["text"]
    server.end()
    assert "is not to be believed: certificate has expired; name the CA" in text


def test_no_tls_at_all_is_malformed(exact: Driver) -> None:
    with site(lambda peer: peer.sock.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as server:
        url = server.url.replace("http://", "https://")
        error = exact.get(url)["error"]
    assert error == {"kind": "malformed", "text": f"GET {url}: no TLS that makes sense: wrong version number"}


@pytest.mark.parametrize("silent", [True, False])
def test_a_handshake_that_does_not_come_about(exact: Driver, silent: bool) -> None:
    """A server that keeps still, and one that closes."""
    done = threading.Event()

    def serve(peer: Peer) -> None:
        if silent:
            done.wait(5)

    with site(serve) as server:
        reply = exact.get(server.url.replace("http://", "https://"), timeout=0.4)
        done.set()
    assert reply["error"]["kind"] == ("timeout" if silent else "reset")
    assert reply["elapsed"] < 1.4


def test_together_waits_for_the_handshakes(exact: Driver, server: Secured) -> None:
    """One waits for a server that never shakes hands: until that is known, the other has not been sent."""
    began = time.time()
    with socket.create_server(("127.0.0.1", 0)) as still:
        place = "{}:{}".format(*still.getsockname())
        common = {"method": "GET", "url": server.url, "tls": {"verify": False}, "via": "h11"}
        replies = exact(
            "together",
            requests=[common | {"connect": server.place}, common | {"connect": place, "timeout": 0.5}],
        )["replies"]
    assert [reply["ok"] for reply in replies] == [True, False]
    assert replies[0]["at"] - began >= 0.5
