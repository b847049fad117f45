"""A client: a person with a cookie jar, connections that stay open between requests, and a clock of their own."""

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import requests

from clients.connection import Adapter
from clients.failures import UsageFault, explain
from clients.jar import Jar, raw, text

type Reply = dict[str, object]

TIMEOUT = 5.0
STALE = {"empty_reply", "reset"}


@dataclass(frozen=True, slots=True)
class Request:
    """What the driver wants sent; `timeout` is for all of it, in seconds, `json` None is no body."""

    method: str
    url: str
    headers: Mapping[str, str]
    json: object = None
    timeout: float = TIMEOUT


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request as it went: `response` with its `body`, or `error`, or both if the body broke off."""

    request: Request
    prepared: requests.PreparedRequest
    response: requests.Response | None
    body: bytes
    error: Exception | None
    resent: bool
    cookie: bytes | None
    local: str | None
    at: float
    elapsed: float


class Client:
    """One person. Every method that sends something gives replies as the line protocol describes them."""

    def __init__(self) -> None:
        self.jar = Jar()
        self.cookie_header: str | None = None
        self.adapter = Adapter()
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.adapters.clear()
        self.session.mount("http://", self.adapter)

    def request(self, request: Request) -> Reply:
        """Send one request over the connection that is open, or a new one; redirects are not followed."""
        return self.reply(exchange(request, self.prepare(request), self.adapter))

    def together(self, wanted: Sequence[Request]) -> Reply:
        """Send several requests at once: each on a connection of its own, none before all are connected.

        All carry the cookies of before. What the server sets is stored in the order in which replies were complete.
        """
        prepared = [self.prepare(request) for request in wanted]
        gate = threading.Barrier(len(wanted))
        exchanges: dict[int, Exchange] = {}  # in the order of completion

        def send(number: int) -> None:
            adapter = Adapter()
            adapter.wire.gate, adapter.wire.port = gate, self.adapter.wire.port
            done = exchange(wanted[number], prepared[number], adapter)
            exchanges[number] = done
            adapter.close()

        threads = [threading.Thread(target=send, args=(number,)) for number in range(len(wanted))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        replies = {number: self.reply(done) for number, done in exchanges.items()}
        return {"replies": [replies[number] for number in range(len(wanted))]}

    def prepare(self, request: Request) -> requests.PreparedRequest:
        """The request with its cookies; raises UsageFault or what requests raises if it cannot be one."""
        if not request.url.startswith("http://"):
            raise UsageFault(f"url {request.url!r} does not begin with http://, which is all that is spoken here")
        headers = {name: raw(value).encode("latin-1") for name, value in request.headers.items()}
        wanted = requests.Request(request.method, request.url, headers=headers, json=request.json)
        prepared = self.session.prepare_request(wanted)
        cookie = self.jar.header_for(prepared)
        if self.cookie_header is not None:
            cookie = raw(self.cookie_header).encode("latin-1")
        if cookie is not None:
            prepared.headers["Cookie"] = cookie  # type: ignore[assignment]  # bytes are fine, though not declared
        return prepared

    def reply(self, done: Exchange) -> Reply:
        """Store the cookies of an exchange and tell of it."""
        answer: Reply
        if done.response is not None:
            self.jar.store(done.prepared, done.response)
        if done.response is not None and done.error is None:
            headers = [[name, readable(value)] for name, value in done.response.raw.headers.iteritems()]
            answer = {"ok": True, "status": done.response.status_code, "headers": headers, "body": text(done.body)}
        else:
            kind, sentence = explain(done.error or UsageFault("no reply"))
            sentence = f"{done.request.method} {done.request.url}: {sentence}"
            answer = {"ok": False, "error": {"kind": kind, "text": sentence}}
        return answer | {
            "cookies_sent": None if done.cookie is None else text(done.cookie),
            "jar": self.jar.entries(),
            "local": done.local,
            "resent": done.resent,
            "at": done.at,
            "elapsed": done.elapsed,
        }

    def new_connection(self) -> None:
        """Close what is open, so that the next request connects anew."""
        self.adapter.close()

    def local_port(self, port: int | None) -> None:
        """Let the connections from now on leave from this port of the host, or from any with None."""
        self.adapter.wire.port = port
        self.adapter.close()

    def close_browser(self) -> None:
        """Forget the session cookies, keep the lasting ones, close what is open."""
        self.jar.clear_session_cookies()
        self.adapter.close()

    def send_cookie_header(self, value: str | None) -> None:
        """Send just this Cookie header from now on, or the jar's again with None."""
        self.cookie_header = value

    def set_cookie(self, name: str, value: str, url: str) -> None:
        """Plant a session cookie for the host of a URL."""
        host = urlsplit(url).hostname
        if not host:
            raise UsageFault(f"url {url!r} names no host; give one such as http://server.lab.test:8001/")
        self.jar.put(name, value, host)


def exchange(request: Request, prepared: requests.PreparedRequest, adapter: Adapter) -> Exchange:
    """Send a prepared request and read the whole reply, or note why that failed.

    A kept-alive connection may turn out to be dead only once the request is on its way. As a browser does, the
    request is then sent once more on a new connection, and the exchange says so.
    """
    wire = adapter.wire
    wire.begin(request.timeout)
    response, body, error, resent = None, b"", None, False
    try:
        try:
            response = adapter.send(prepared)
        except Exception as first:
            resent = wire.reused and not wire.received and explain(first)[0] in STALE
            if not resent:
                raise
            response = adapter.send(prepared)
        body = response.content
    except Exception as caught:  # whatever it is, the driver shall have it as a reply
        error = caught
    finally:
        wire.meet()
    elapsed = time.monotonic() - wire.started
    cookie = wire.cookie if wire.connected else None
    return Exchange(request, prepared, response, body, error, resent, cookie, wire.local, wire.at, elapsed)


def readable(header: str) -> str:
    """A header's value as a reader expects it; http.client reads every byte as Latin-1."""
    return text(header.encode("latin-1"))
