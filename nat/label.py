"""Add-on of mitmproxy: writes beside each flow who sent it, through which ports, and whose session it stands for.

    mitmweb -s nat/label.py --set label_flows=flows.mitm

mitmweb knows no client names and has no column for addresses, but it has one for comments. There a flow says

    alice  192.168.10.11:40000 → 198.51.100.2:40000  sid=k3Xq… (bob)

which is: from whom, inside → outside, and to whom the server gave the cookie first, as seen in the traffic; "unknown" if
it never set such a cookie. A reply with a canary that somebody else wrote is marked, and the comment says whose note that
is. So is a reply in JSON that names a user whom this client has not logged in as. What the requests mean is not known here:
a canary shows by its form, and who sends it first has written it; whoever sends a user's name has logged in. Every
finished flow goes to the file `label_flows`, which at any moment is a whole file for `mitmweb -r`; a WebSocket's when it
has ended, with its messages. Flows that are loaded from a file are left as they are.

Replies that are long, or do not say how long they are, pass as they come: an event stream would wait for an end that does
not come. Their beginning is kept. All others pass when they are whole, so that who has the reply finds the flow in the file.
"""

import json
import re
import zlib
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import brotli  # type: ignore[import-untyped]  # mitmproxy brings it
from mitmproxy import ctx, flow, http, io, tcp
from mitmproxy.addonmanager import Loader

DOMAIN = ".lab.test"
MARK = ":warning:"
MOST = 10_000
"""Cookies, and canaries, that are remembered: a server could set new ones without end."""

DASH = rb"(?:-|%2D|&#0*45;|&#x0*2D;|\\u002D|\\x2D)"
"""A dash, and how URLs, pages and scripts spell it."""
CANARY = re.compile(rb"(?<!-[0-9a-f]{3})c" + DASH + rb"([0-9a-f]{12})(?![0-9a-f])", re.IGNORECASE)
"""The form of what src/cookielab/stage/person.py makes up; the end of a UUID is none."""
PACKED = re.compile(rb"[A-Za-z0-9+/_-]{19,}")
"""Base64 of either alphabet that is long enough for a canary."""
URL_SAFE = bytes.maketrans(b"-_", b"+/")
LONGEST = 1_000_000
"""Bytes of a body that are looked at, decoded: nobody else is served meanwhile."""

MOST_KEPT = 10_000_000
"""Bytes of a body that a flow keeps: a stream may have no end."""

type Key = tuple[str, str, str]
"""A cookie at its server: address, name, value. Cookies know no ports, but what they stand for does."""


class Passing:
    """A reply's body on its way to the client; the first MOST_KEPT bytes of it are kept."""

    def __init__(self) -> None:
        self.kept = bytearray()

    def __call__(self, piece: bytes) -> bytes:
        self.kept += piece[: MOST_KEPT - len(self.kept)]
        return piece


class Label:
    """Learns from the requests and replies that pass what the next ones mean."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self.given: dict[Key, list[str]] = {}
        self.writers: dict[bytes, str] = {}
        self.users: dict[tuple[str, str], str] = {}
        self.file: BinaryIO | None = None
        self.passing: dict[str, Passing] = {}

    def load(self, loader: Loader) -> None:
        loader.add_option("label_flows", str, "", "Append every finished flow to this file.")
        loader.add_option("label_hosts", str, "/etc/hosts", f"Take the clients' names (*{DOMAIN}) from this file.")

    def configure(self, updated: set[str]) -> None:
        if "label_hosts" in updated:
            self.names = names(Path(ctx.options.label_hosts).read_text(encoding="utf-8"))
        if "label_flows" in updated:
            self.done()
            if ctx.options.label_flows:
                path = Path(ctx.options.label_flows)
                path.parent.mkdir(parents=True, exist_ok=True)
                self.file = path.open("ab", buffering=0)

    def done(self) -> None:
        if self.file:
            self.file.close()
            self.file = None

    def request(self, flow: http.HTTPFlow) -> None:
        if not flow.live:
            return
        for canary in canaries(flow.request.data.path, flow.request):
            self.writers.setdefault(canary, self.client(flow))
        forget_oldest(self.writers)
        flow.comment = printable(self.describe(flow))

    def responseheaders(self, flow: http.HTTPFlow) -> None:
        if flow.live and flow.response and not 0 <= told_length(flow.response) <= LONGEST:
            self.learn(flow)  # the client will have it before its end
            flow.response.stream = self.passing[flow.id] = Passing()

    def response(self, flow: http.HTTPFlow) -> None:
        if not flow.live:
            return
        if not self.take(flow):
            self.learn(flow)
        if owners := self.owners(flow):
            flow.marked = MARK
            flow.comment += f"  carries {' and '.join(owners)} note!"
        if user := self.taken_for(flow):
            flow.marked = MARK
            flow.comment += f"  taken for {printable(short(user, 20))}!"
        if flow.websocket is None:
            self.keep(flow)

    def websocket_end(self, flow: http.HTTPFlow) -> None:
        if flow.live:
            self.keep(flow)

    def error(self, flow: http.HTTPFlow) -> None:
        if not flow.live:
            return
        self.take(flow)
        flow.comment = printable(f"{self.describe(flow)}  no reply: {flow.error.msg if flow.error else 'unknown'}")
        self.keep(flow)

    def tcp_end(self, flow: tcp.TCPFlow) -> None:
        if not flow.live:
            return
        flow.comment = self.way(flow)
        self.keep(flow)

    def tcp_error(self, flow: tcp.TCPFlow) -> None:
        self.tcp_end(flow)

    def keep(self, flow: flow.Flow) -> None:
        """Append the flow to the file in one write, so that a reader never finds half of it."""
        if self.file:
            io.FlowWriter(self.file).add(flow)  # type: ignore[no-untyped-call]

    def take(self, flow: http.HTTPFlow) -> bool:
        """Put what has passed of the reply's body where it is looked for; False where nothing passes before its end."""
        passed = self.passing.pop(flow.id, None)
        if flow.response and passed and flow.response.raw_content is None:
            flow.response.data.content = bytes(passed.kept)
        return passed is not None

    def client(self, flow: flow.Flow) -> str:
        """The name of the client, or its address if it has none."""
        address = flow.client_conn.peername[0] if flow.client_conn.peername else "somebody"
        return self.names.get(address, address)

    def way(self, flow: flow.Flow) -> str:
        """From whom, and inside → outside."""
        server = flow.server_conn
        outside = endpoint(server.sockname) if server and server.timestamp_tcp_setup else "not connected"
        return f"{self.client(flow)}  {endpoint(flow.client_conn.peername)} → {outside}"

    def describe(self, flow: http.HTTPFlow) -> str:
        """From whom, by which way, with whose cookie.

        Of several cookies it is the one that was given to the fewest, and of those the longest: a language is shared
        and short, an id is neither.
        """
        cookies = [(server_of(flow), *pair) for pair in sent(flow.request)]
        if not cookies:
            return f"{self.way(flow)}  no cookie"
        known = [key for key in cookies if key in self.given]
        key = min(known or cookies, key=lambda key: (len(self.given.get(key, ())), -len(key[2])))
        owner = short(self.given[key][0], 20) if known else "unknown"
        return f"{self.way(flow)}  {short(key[1], 20)}={short(key[2], 4)} ({owner})"

    def learn(self, flow: http.HTTPFlow) -> None:
        """Say whose cookie was sent, and then note to whom the reply gives which."""
        assert flow.response
        flow.comment = printable(self.describe(flow))
        client = self.client(flow)
        for pair in set_by(flow.response):
            clients = self.given.setdefault((server_of(flow), *pair), [])
            if client not in clients:
                clients.append(client)
        forget_oldest(self.given)

    def taken_for(self, flow: http.HTTPFlow) -> str:
        """The user that the reply names, where the client has not logged in as that one at this server; else empty.

        Whoever names one in a request that the server grants is that user from then on.
        """
        assert flow.response
        key = (server_of(flow), self.client(flow))
        if (claimed := user_in(flow.request)) and flow.response.status_code < 400:
            self.users[key] = claimed
            forget_oldest(self.users)
        named = user_in(flow.response)
        return "" if named == self.users.get(key, "") else named

    def owners(self, flow: http.HTTPFlow) -> list[str]:
        """Those whose note the reply carries though its reader did not write it, as "carol's"."""
        assert flow.response
        writers = {self.writers.get(canary) for canary in canaries(b"", flow.response)}
        return [f"{writer}'s" for writer in sorted(filter(None, writers)) if writer != self.client(flow)]


def names(hosts: str) -> dict[str, str]:
    """The names of the lab in a hosts file: address → name without the domain."""
    lines = (line.partition("#")[0].split() for line in hosts.splitlines())
    return {line[0]: name.removesuffix(DOMAIN) for line in lines for name in line[1:] if name.endswith(DOMAIN)}


def endpoint(name: tuple[Any, ...] | None) -> str:
    """A socket's name as ip:port, or [ip]:port for IPv6."""
    if not name:
        return "nowhere"
    ip, port = name[:2]
    return f"[{ip}]:{port}" if ":" in ip else f"{ip}:{port}"


def server_of(flow: http.HTTPFlow) -> str:
    return endpoint(flow.server_conn.address)


def canaries(path: bytes, message: http.Request | http.Response) -> set[bytes]:
    """The canaries in a path, the headers and the body, by what makes each one unlike the others."""
    found: set[bytes] = set()
    for text in (path, bytes(message.headers), body(message)):
        found |= {match[1].lower() for match in CANARY.finditer(text)}
        found |= {match[1].lower() for plain in unpacked(text) for match in CANARY.finditer(plain)}
    return found


def told_length(message: http.Message) -> int:
    """The length of the body as its headers tell it; -1 where they do not."""
    told = message.headers.get("content-length", "")
    chunked = "transfer-encoding" in message.headers
    return int(told) if told.isascii() and told.isdecimal() and len(told) < 19 and not chunked else -1


def body(message: http.Request | http.Response) -> bytes:
    """The body, decoded as far as it is worth while: a few bytes may stand for gigabytes."""
    raw = message.raw_content or b""
    try:
        match message.headers.get("content-encoding", "").strip().lower():
            case "gzip" | "x-gzip" | "deflate":
                return zlib.decompressobj(32 + zlib.MAX_WBITS).decompress(raw, LONGEST)
            case "br":
                return bytes(brotli.Decompressor().process(raw, output_buffer_limit=LONGEST))
    except (zlib.error, brotli.error):
        pass  # it is not what it says; it may be readable all the same
    return raw[:LONGEST]


def unpacked(text: bytes) -> Iterator[bytes]:
    """What is in a text as base64; where it begins is tried out, since a slash or a dash may stand before."""
    for match in PACKED.finditer(text):
        packed = match[0].translate(URL_SAFE)
        for start in range(4):
            part = packed[start:]
            part = part[:-1] if len(part) % 4 == 1 else part
            yield b64decode(part + b"=" * (-len(part) % 4))


def user_in(message: http.Request | http.Response) -> str:
    """The value of `user` in a body that is an object of JSON; empty where there is none."""
    text = body(message)
    if b'"user"' not in text:
        return ""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return ""
    user = found.get("user") if isinstance(found, dict) else None
    return user if isinstance(user, str) else ""


def forget_oldest(known: dict[Any, Any]) -> None:
    while len(known) > MOST:
        del known[next(iter(known))]


def sent(request: http.Request) -> list[tuple[str, str]]:
    """The cookies of a request, name and value, from all its Cookie lines."""
    lines = request.headers.get_all("Cookie")
    return [pair(part) for line in lines for part in line.split(";") if "=" in part]


def set_by(response: http.Response) -> list[tuple[str, str]]:
    """The cookies that a reply sets, name and value, without those that it deletes by an empty value."""
    cookies = [pair(line.partition(";")[0]) for line in response.headers.get_all("Set-Cookie")]
    return [(name, value) for name, value in cookies if value]


def pair(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return name.strip(), value.strip()


def short(text: str, length: int) -> str:
    return text if len(text) <= length + 1 else f"{text[:length]}…"


def printable(text: str) -> str:
    """The text with all that a page or a flow file cannot hold, such as lone bytes of a forged cookie, spelt out."""
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)


addons = [Label()]
