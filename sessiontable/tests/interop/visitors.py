"""Clients that keep cookies: requests, curl and Chromium, all asked the same way.

Names lead to this machine by each client's own means; no resolver is asked.
"""

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from queue import Empty
from typing import Any, Protocol
from urllib.parse import urlencode, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool

from tests.interop.site import HOST, PATH, Site

DEADLINE = 60.0


@dataclass(frozen=True, slots=True)
class Place:
    """Where the site is, and what belongs to this visit: the site's reports, the certificate, a folder to keep things."""

    port: int
    site: type[Site]
    certificate: Path | None
    folder: Path

    @property
    def base(self) -> str:
        return f"{'https' if self.certificate else 'http'}://{HOST}:{self.port}{PATH}"


@dataclass(frozen=True, slots=True)
class Seen:
    """One step of a visit: the values of our cookie that the client sent, who that was, and what a script could read."""

    sent: list[str]
    user: str | None
    script: str | None


class Visitor(Protocol):
    """Does things on the site, one after another. Each call after the first is after a restart of the client."""

    def __init__(self, place: Place) -> None: ...

    def visit(self, *do: str) -> list[Seen]: ...


class Requests:
    """A `requests.Session`. It has no restart: its session cookies are dropped by hand."""

    def __init__(self, place: Place) -> None:
        self._place, self._session = place, requests.Session()
        self._session.trust_env = False
        self._session.headers["Host"] = f"{HOST}:{place.port}"
        self._session.mount(place.base, _Here())

    def visit(self, *do: str) -> list[Seen]:
        self._session.cookies.clear_session_cookies()
        with self._session:
            verify = str(self._place.certificate or "")
            return [
                _seen(self._session.get(self._place.base + what, verify=verify, timeout=DEADLINE).json()) for what in do
            ]


class _Here(HTTPAdapter):
    def get_connection_with_tls_context(
        self, request: requests.PreparedRequest, verify: Any, proxies: Any = None, cert: Any = None
    ) -> HTTPConnectionPool:
        url = urlsplit(str(request.url))
        name = {"server_hostname": HOST, "assert_hostname": HOST} if url.scheme == "https" else {}
        pool: HTTPConnectionPool = self.poolmanager.connection_from_host("127.0.0.1", url.port, url.scheme, name)
        return pool


class Curl:
    """curl with a cookie jar; a new call with --junk-session-cookies is a restart.

    A first visit is one process, as browsers are. curl reads a jar's file once more before it writes it, and so brings
    back most of what a reply with several deletions removed: with a file, each step is a process of its own.
    """

    def __init__(self, place: Place) -> None:
        self._place, self._jar = place, place.folder / "jar"

    def visit(self, *do: str) -> list[Seen]:
        if not self._jar.exists():
            return self._get(do, "-b", "")
        file = ("-b", str(self._jar))
        junk = [("--junk-session-cookies",), *[()] * (len(do) - 1)]
        return [self._get((what,), *file, *options)[0] for what, options in zip(do, junk, strict=True)]

    def _get(self, do: tuple[str, ...], *options: str) -> list[Seen]:
        trust = ["--cacert", str(self._place.certificate)] if self._place.certificate else []
        resolve = ["--noproxy", "*", "--resolve", f"{HOST}:{self._place.port}:127.0.0.1"]
        argv = ["curl", "-sS", *trust, *resolve, *options, "-c", str(self._jar), "-w", "\\n"]
        argv += [self._place.base + what for what in do]
        done = subprocess.run(argv, check=True, stdout=subprocess.PIPE, timeout=DEADLINE)
        return [_seen(json.loads(line)) for line in done.stdout.splitlines()]


class Chromium:
    """Headless Chromium with a profile; each visit is a start of the browser, which ends when the page has done all."""

    def __init__(self, place: Place) -> None:
        self._place = place

    def visit(self, *do: str) -> list[Seen]:
        profile, url = self._place.folder / "profile", f"{self._place.base}drive?{urlencode([('do', x) for x in do])}"
        argv = [
            "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
            "--disable-background-networking", "--no-proxy-server", "--ignore-certificate-errors",
            "--host-resolver-rules=MAP * 127.0.0.1", f"--user-data-dir={profile}",
            f"--virtual-time-budget={DEADLINE * 1000:.0f}", "--dump-dom", url,
        ]  # fmt: skip
        done = subprocess.run(argv, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=DEADLINE)
        try:
            return [_seen(step) for step in self._place.site.reports.get_nowait()]
        except Empty:
            said = done.stdout.decode(errors="replace")[-2000:]
            raise AssertionError(
                f"chromium ended with {done.returncode} and the page reported nothing:\n{said}"
            ) from None


def _seen(reply: Mapping[str, Any]) -> Seen:
    return Seen(reply.get("sent", []), reply.get("user"), reply.get("script"))
