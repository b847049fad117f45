"""A server with TLS beside plain HTTP, as a process: who insists on TLS serves nobody without, and keeps its cookie to it."""

import http.client
import json
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import trustme

NAME = "localhost"


@contextmanager
def serving(handler: str) -> Iterator[tuple[int, int, ssl.SSLContext]]:
    """The plain port, the one with TLS, and what believes its certificate."""
    authority = trustme.CA()
    chain = authority.issue_cert(NAME).private_key_and_cert_chain_pem.bytes().decode()
    argv = (sys.executable, "-m", "server", "--host", "127.0.0.1", "--handler", handler, "--port", "0", "--tls", "0")
    believing = ssl.create_default_context()
    authority.configure_trust(believing)
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin
        assert process.stdout
        try:
            process.stdin.write(json.dumps(chain) + "\n")
            process.stdin.flush()
            plain, secure = (int(json.loads(process.stdout.readline())["port"]) for _ in range(2))
            yield plain, secure, believing
        finally:
            process.terminate()


def ask(port: int, believing: ssl.SSLContext | None = None) -> tuple[int, str | None, str]:
    """Status, Location and all cookies that a visit gets."""
    line = (
        http.client.HTTPSConnection(NAME, port, timeout=10, context=believing)
        if believing
        else http.client.HTTPConnection(NAME, port, timeout=10)
    )
    try:
        line.request("GET", "/?a=b")
        reply = line.getresponse()
        reply.read()
        return reply.status, reply.headers["Location"], "\n".join(reply.headers.get_all("Set-Cookie", []))
    finally:
        line.close()


def test_the_session_table_serves_nobody_without_tls() -> None:
    with serving("session_table") as (plain, secure, believing):
        assert ask(plain) == (301, f"https://{NAME}:{secure}/", "")
        status, _, cookies = ask(secure, believing)
        assert status == 200
        assert cookies.startswith("__Host-sid=")
        assert "; Secure" in cookies


def test_who_speaks_http_as_well_gives_the_same_cookie_to_both() -> None:
    with serving("speaks_http") as (plain, secure, believing):
        for port, context in ((plain, None), (secure, believing)):
            status, _, cookies = ask(port, context)
            assert status == 200
            assert cookies.startswith("sid=")
            assert "Secure" not in cookies


def test_who_does_not_believe_the_certificate_does_no_harm() -> None:
    with serving("speaks_http") as (_, secure, believing):
        with pytest.raises(ssl.SSLError):
            ask(secure, ssl.create_default_context())
        assert ask(secure, believing)[0] == 200
