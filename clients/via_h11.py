"""The client for servers that nobody knows: what is sent goes out to the byte, what comes back is bounded.

The head of a request is written here, since h11 would put it in order; h11 reads the replies.
"""

import re
from collections.abc import Sequence
from functools import partial
from urllib.parse import SplitResult, quote

import h11

from clients.channel import Channel, Place
from clients.coding import ACCEPTED, Decoder, coding
from clients.exchange import Answer, Sending
from clients.failures import EmptyReply, Malformed, Unsendable, UsageFault
from clients.octets import raw
from clients.request import Request, place_of
from clients.wire import Wire

LONGEST_HEAD = 2_000_000
"""Bytes of a reply's status line and headers."""
MOST_LINES = 20_000
"""Lines of a reply's head, give or take those of one piece."""
MOST_INTERIM = 100
"""Replies before the reply."""
MOST_OPEN = 10
"""Connections that are kept, each to a place of its own."""
TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
PORTS = {"http": 80, "https": 443}


class H11:
    """A person's connections, one to each place."""

    def __init__(self) -> None:
        self.wire = Wire()
        self._open: dict[Place, Channel] = {}

    def ready(self, request: Request, cookies: Sequence[bytes] | None) -> Sending:
        return partial(self._send, request, cookies)

    def close(self) -> None:
        while self._open:
            self._open.popitem()[1].close()

    def _send(self, request: Request, cookies: Sequence[bytes] | None, answer: Answer) -> None:
        url = place_of(request.url)
        lines = head(request, url, cookies)
        sent = [value for name, value in lines if name.lower() == b"cookie"]
        message = written(request, url, lines)
        place = place_in(request, url)
        push = Push(message)
        channel = self._channel(place, push)
        self.wire.cookie = b"; ".join(sent) if sent else None
        reusable = False
        try:
            broken = push.through(channel)
            reusable = Reading(channel, request, answer).all(broken) and not broken and not closing(lines)
        finally:
            if reusable:
                self._keep(place, channel)
            else:
                channel.close()

    def _channel(self, place: Place, push: "Push") -> Channel:
        """The connection that is open, if it is still alive, or a new one; whichever it is, it is ours now."""
        kept = self._open.pop(place, None)
        if kept is not None and kept.resume():
            return kept
        if kept is not None:
            kept.close()
        try:
            channel = Channel(place, self.wire)
            self.wire.launch = partial(push.through, channel)
            return channel
        finally:
            self.wire.meet()
            self.wire.launch = None

    def _keep(self, place: Place, channel: Channel) -> None:
        self._open[place] = channel
        if len(self._open) > MOST_OPEN:
            self._open.pop(next(iter(self._open))).close()


class Reading:
    """One reply as it comes in."""

    def __init__(self, channel: Channel, request: Request, answer: Answer) -> None:
        self.channel, self.request, self.answer = channel, request, answer
        self.parser = h11.Connection(h11.CLIENT, max_incomplete_event_size=LONGEST_HEAD)
        # what h11 must know of the request in order to read the reply
        self.parser.send(h11.Request(method=request.method, target="/", headers=[("Host", "-")]))
        self.parser.send(h11.EndOfMessage())
        self.started = self.ended = False

    def all(self, broken: OSError | None) -> bool:
        """Read the reply to its end or its limit; whether the connection is good for another.

        `broken` is why the request could not be sent in full: the server may have said something before.
        """
        try:
            return self._read()
        except (EmptyReply, OSError):
            if broken is not None and self.answer.status is None:
                raise broken from None
            raise
        except h11.RemoteProtocolError as error:
            if error.error_status_hint == 431:
                raise Malformed(f"the reply's head, or a line of its body, is over {LONGEST_HEAD} bytes long") from None
            what = "the reply broke off" if self.ended else "the reply is not HTTP"
            raise Malformed(f"{what}: {str(error)[:200]}") from None

    def _read(self) -> bool:
        body, decoder = bytearray(), Decoder(None)
        try:
            while True:
                match self._event():
                    case h11.Response() as event:
                        decoder = self._head(event)
                    case h11.Data() as event:
                        body += decoder.feed(bytes(event.data), self.request.limit + 1 - len(body))
                        if len(body) > self.request.limit:
                            del body[self.request.limit :]
                            self.answer.truncated = True
                            return False
                    case h11.EndOfMessage():
                        return self.parser.their_state is h11.DONE and not self.parser.trailing_data[0]
                    case _:  # CONNECT: a tunnel begins here
                        return False
        finally:
            self.answer.body = bytes(body)

    def _event(self) -> object:
        """The next event that is more than an interim reply."""
        lines = 0
        while True:
            event = self.parser.next_event()
            if event is h11.NEED_DATA:
                data = self.channel.receive()
                if not data and not self.started:
                    raise EmptyReply
                self.started, self.ended = True, not data
                self.parser.receive_data(data)
                if self.answer.status is None and lines > MOST_LINES:
                    raise Malformed(f"the reply's head has more than {MOST_LINES} lines")
                lines += data.count(b"\n")
            elif isinstance(event, h11.InformationalResponse):
                self.answer.interim.append(event.status_code)
                if len(self.answer.interim) > MOST_INTERIM:
                    raise Malformed(f"more than {MOST_INTERIM} interim replies (1xx) and no reply")
            else:
                return event

    def _head(self, event: h11.Response) -> Decoder:
        answer = self.answer
        answer.status, answer.version = event.status_code, event.http_version.decode()
        answer.headers = [(bytes(name), bytes(value)) for name, value in event.headers.raw_items()]
        answer.encoding = coding(answer.lines(b"content-encoding"))
        return Decoder(answer.encoding)


class Push:
    """A request on its way out: sent once, by whoever comes first."""

    def __init__(self, message: bytes) -> None:
        self._message: bytes | None = message
        self._error: OSError | None = None

    def through(self, channel: Channel) -> OSError | None:
        """Send it; if the server does not take it to its end, why: it may have answered all the same."""
        message, self._message = self._message, None
        if message is not None:
            try:
                channel.send(message)
            except OSError as error:
                self._error = error
        if isinstance(self._error, TimeoutError):
            raise self._error
        return self._error


def place_in(request: Request, url: SplitResult) -> Place:
    host, port = url.hostname or "", url.port or PORTS[url.scheme]
    return Place(url.scheme == "https", host, port, request.connect or (host, port), request.trust)


def head(request: Request, url: SplitResult, cookies: Sequence[bytes] | None) -> list[tuple[bytes, bytes]]:
    """The header lines as they go out: what is missing of what every client sends, then what the request says."""
    own = [(b"Host", authority(url))]
    own += [(b"User-Agent", b"cookielab"), (b"Accept", b"*/*"), (b"Accept-Encoding", ACCEPTED.encode())]
    if request.body is not None:
        own.append((b"Content-Type", request.body.type.encode()))
    if request.body is not None or request.method in ("POST", "PUT", "PATCH"):
        own.append((b"Content-Length", b"%d" % len(request.body.content if request.body else b"")))
    lines = [(name, value) for name, value in own if not request.has(name.decode())]
    for name, value in request.headers:
        if cookies is None or name.lower() != "cookie":
            lines.append((raw(name), raw(value)))
    return lines + [(b"Cookie", line) for line in cookies or ()]


def written(request: Request, url: SplitResult, lines: list[tuple[bytes, bytes]]) -> bytes:
    """The request as bytes; Unsendable where a line would not be one line, or a name no name."""
    if not TOKEN.fullmatch(request.method):
        raise Unsendable(f"{request.method!r} is no method")
    for name, value in lines:
        if not TOKEN.fullmatch(name.decode("latin-1")):
            raise Unsendable(f"{name!r} is no name of a header")
        if b"\r" in value or b"\n" in value:
            raise Unsendable(f"a header cannot hold a line break: {name!r}: {value[:200]!r}")
    first = f"{request.method} {target(url)} HTTP/1.1".encode()
    content = request.body.content if request.body else b""
    return b"\r\n".join([first, *(name + b": " + value for name, value in lines), b"", content])


def authority(url: SplitResult) -> bytes:
    """The host as the Host header names it."""
    host = url.hostname or ""
    try:
        host = f"[{host}]" if ":" in host else host.encode("idna").decode()
    except UnicodeError as error:
        raise UsageFault(f"{host!r} can be no host's name: {error}") from None
    return f"{host}:{url.port}".encode() if url.port not in (None, PORTS[url.scheme]) else host.encode()


def target(url: SplitResult) -> str:
    """Path and query, with what cannot stand in a request line escaped."""
    path = quote(raw(url.path or "/"), safe="/%:=&?~#+!$,;'@()*[]\\|^{}\"<>`")
    query = quote(raw(url.query), safe="/%:=&?~#+!$,;'@()*[]\\|^{}\"<>`")
    return f"{path}?{query}" if query else path


def closing(lines: list[tuple[bytes, bytes]]) -> bool:
    """Whether the request says that the connection is to end."""
    return any(name.lower() == b"connection" and b"close" in value.lower() for name, value in lines)
