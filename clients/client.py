"""A client: a person with a cookie jar, connections that stay open between requests, and a clock of their own."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace

from clients.cookies import Cookie
from clients.exchange import Exchange, Transport, exchange
from clients.failures import UsageFault, explain
from clients.gate import Gate
from clients.jar import Jar
from clients.octets import cut_text, header_text, raw, text
from clients.request import Request
from clients.underway import UnderWay, launched

type Reply = dict[str, object]


def requests() -> Transport:
    """Each is imported by those who use it: one of them is half of what a client's start takes."""
    from clients.via_requests import Requests

    return Requests()


def h11() -> Transport:
    """Speaks to the byte."""
    from clients.via_h11 import H11

    return H11()


TRANSPORTS: dict[str, Callable[[], Transport]] = {"requests": requests, "h11": h11}
AT_ONCE = 20_000_000
"""Bytes of all bodies of requests that go out together."""


class Client:
    """One person. Every method that sends something gives replies as the line protocol describes them."""

    def __init__(self) -> None:
        self.jar = Jar()
        self.cookie_header: str | None = None
        self._port: int | None = None
        self._preface = b""
        self._transports: dict[str, Transport] = {}
        self._under_way: dict[int, UnderWay] = {}
        self._begun = 0

    def request(self, request: Request) -> Reply:
        """Send one request over the connection that is open, or a new one; redirects are not followed."""
        self._take_in()
        transport = self._transports.get(request.via)
        if transport is None:
            transport = self._transports[request.via] = self._new(request.via)
        return self._reply(exchange(request, transport.ready(request, self._cookies(request)), transport.wire))

    def together(self, wanted: Sequence[Request]) -> Reply:
        """Send several requests at once: each on a connection of its own, none before all are connected who can be.

        All carry the cookies of before. What the server sets is stored in the order in which replies were complete.
        """
        self._take_in()
        wanted = [replace(each, limit=min(each.limit, AT_ONCE // len(wanted))) for each in wanted]
        transports = [self._new(request.via) for request in wanted]
        ready = [each.ready(request, self._cookies(request)) for each, request in zip(transports, wanted, strict=True)]
        gate = Gate(len(wanted), lambda: launched(transports))
        exchanges: dict[int, Exchange] = {}  # in the order of completion

        def send(number: int) -> None:
            transport = transports[number]
            transport.wire.gate = gate
            done = exchange(wanted[number], ready[number], transport.wire)
            exchanges[number] = done
            transport.close()

        threads = [threading.Thread(target=send, args=(number,)) for number in range(len(wanted))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        replies = {number: self._reply(done) for number, done in exchanges.items()}
        return {"replies": [replies[number] for number in range(len(wanted))]}

    def begin(self, request: Request) -> Reply:
        """Send a request on a connection of its own; its reply is there at the `end`."""
        self._take_in()
        self._begun += 1
        transport = self._new(request.via)
        self._under_way[self._begun] = UnderWay(request, transport, transport.ready(request, self._cookies(request)))
        return {"begun": self._begun, "jar": self.jar.entries()}

    def end(self, begun: int) -> Reply:
        """Wait for the reply to what was begun."""
        self._begun_as(begun, "end").wait()
        self._take_in()
        return self._told(self._under_way.pop(begun).done)

    def drop(self, begun: int) -> Reply:
        """Close the connection of what was begun, before its reply."""
        self._begun_as(begun, "drop").drop()
        return self._told(self._under_way.pop(begun).done)

    def _begun_as(self, begun: int, step: str) -> UnderWay:
        if begun not in self._under_way:
            there = ", ".join(map(str, self._under_way)) or "none"
            raise UsageFault(f"{step}: nothing is under way by the number {begun}; there are {there}")
        return self._under_way[begun]

    def _take_in(self) -> None:
        """Store what has been set meanwhile by replies to requests that were under way, in the order in which they came."""
        come = [each for each in self._under_way.values() if each.come and not each.stored]
        for each in sorted(come, key=lambda each: each.done.at + each.done.elapsed):
            each.stored = True
            self._store(each.done)

    def leave(self) -> None:
        """Close all that is open."""
        for each in self._under_way.values():
            each.close()
        self.new_connection()

    def _new(self, via: str) -> Transport:
        transport = TRANSPORTS[via]()
        transport.wire.port, transport.wire.preface = self._port, self._preface
        return transport

    def _cookies(self, request: Request) -> list[bytes] | None:
        """The Cookie lines of a request; None: those among its headers, if any."""
        if request.cookies is not None:
            return [raw(line) for line in request.cookies]
        if self.cookie_header is not None:
            return [raw(self.cookie_header)]
        line = None if request.has("Cookie") else self.jar.line_for(request.url)
        return None if line is None else [line]

    def _reply(self, done: Exchange) -> Reply:
        """Store the cookies of an exchange and tell of it."""
        self._take_in()
        self._store(done)
        return self._told(done)

    def _store(self, done: Exchange) -> None:
        if done.answer.status is not None and done.request.keep:
            self.jar.store(done.request.url, done.answer.lines(b"set-cookie"))

    def _told(self, done: Exchange) -> Reply:
        answer, request = done.answer, done.request
        reply: Reply
        if answer.status is not None and done.error is None:
            reply = {
                "ok": True,
                "status": answer.status,
                "headers": [[text(name), header_text(value)] for name, value in answer.headers],
                "body": cut_text(answer.body) if answer.truncated else text(answer.body),
                "truncated": answer.truncated,
                "interim": answer.interim,
                "version": answer.version,
                "encoding": answer.encoding,
            }
        else:
            kind, sentence = explain(done.error or UsageFault("no reply"))
            reply = {"ok": False, "error": {"kind": kind, "text": f"{request.method} {request.url}: {sentence}"}}
        return reply | {
            "cookies_sent": None if done.cookie is None else text(done.cookie),
            "jar": self.jar.entries(),
            "local": done.local,
            "resent": done.resent,
            "at": done.at,
            "elapsed": done.elapsed,
        }

    def new_connection(self) -> None:
        """Close what is open, so that the next request connects anew."""
        for transport in self._transports.values():
            transport.close()

    def local_port(self, port: int | None) -> None:
        """Let the connections from now on leave from this port of the host, or from any with None."""
        self._port = port
        for transport in self._transports.values():
            transport.wire.port = port
        self.new_connection()

    def preface(self, text: str | None) -> None:
        """Let the connections from now on begin with this, as a proxy begins them that announces whom it speaks for."""
        self._preface = b"" if text is None else raw(text)
        for transport in self._transports.values():
            transport.wire.preface = self._preface
        self.new_connection()

    def close_browser(self) -> None:
        """Forget the session cookies, keep the lasting ones, close what is open."""
        self.jar.clear_session_cookies()
        self.new_connection()

    def send_cookie_header(self, value: str | None) -> None:
        """Send just this Cookie header from now on, or the jar's again with None."""
        self.cookie_header = value

    def set_cookies(self, cookies: Sequence[Cookie]) -> None:
        """Plant cookies, unchecked, as a script in the browser's console would."""
        for cookie in cookies:
            self.jar.put(cookie)
