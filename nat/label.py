"""Add-on of mitmproxy: writes beside each flow who sent it, through which ports, and whose session it stands for.

    mitmweb -s nat/label.py --set label_flows=flows.mitm

mitmweb knows no client names and has no column for addresses, but it has one for comments. There a flow says

    alice  192.168.10.11:40000 → 198.51.100.2:40000  sid=k3Xq… (bob)

which is: from whom, inside → outside, and the session of its cookie with the user whom the server logged in on it, as
seen in the traffic; "anonymous" if nobody is logged in, "unknown" if the server never set such a cookie. A reply that
carries a note that somebody else wrote is marked, and the comment says whose note that is. Every finished flow goes
to the file `label_flows`, which at any moment is a whole file for `mitmweb -r`. Flows that are loaded from a file are
left as they are.
"""

import html
import json
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import parse_qs

from mitmproxy import ctx, flow, http, io, tcp
from mitmproxy.addonmanager import Loader

DOMAIN = ".lab.test"
MARK = ":warning:"
SHORTEST_NOTE = 5
"""Characters; anything shorter would be found in replies by chance."""

type Key = tuple[str, str, str]
"""A cookie at its server: address, name, value. Cookies know no ports, but what they stand for does."""


class Label:
    """Learns from the requests and replies that pass what the next ones mean."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self.users: dict[Key, str | None] = {}
        self.writers: dict[str, set[str]] = {}
        self.file: BinaryIO | None = None

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
        note = field(flow.request, "note") if (flow.request.method, route(flow)) == ("PUT", "/note") else None
        if note and len(note) >= SHORTEST_NOTE:
            self.writers.setdefault(note, set()).add(self.client(flow))
        flow.comment = printable(self.describe(flow))

    def response(self, flow: http.HTTPFlow) -> None:
        if not flow.live:
            return
        flow.comment = printable(self.describe(flow))
        self.learn(flow)
        if owners := self.owners(flow):
            flow.marked = MARK
            flow.comment += f"  carries {' and '.join(owners)} note!"
        self.keep(flow)

    def error(self, flow: http.HTTPFlow) -> None:
        if not flow.live:
            return
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
        """From whom, by which way, in whose session."""
        cookies = [(server_of(flow), *pair) for pair in sent(flow.request)]
        if not cookies:
            return f"{self.way(flow)}  no cookie"
        known = [key for key in cookies if key in self.users]
        logged_in = [key for key in known if self.users[key]]
        key = (logged_in or known or cookies)[0]
        user = short(self.users[key] or "anonymous", 20) if known else "unknown"
        return f"{self.way(flow)}  {short(key[1], 20)}={short(key[2], 4)} ({user})"

    def learn(self, flow: http.HTTPFlow) -> None:
        """Note which cookies the reply sets, and who is logged in or out on them from now on."""
        assert flow.response
        server = server_of(flow)
        given = [(server, *pair) for pair in set_by(flow.response)]
        for key in given:
            self.users.setdefault(key, None)
        if flow.request.method != "POST" or flow.response.status_code >= 400:
            return
        own = [(server, *pair) for pair in sent(flow.request)]
        if route(flow) == "/login":
            self.users |= dict.fromkeys(given or own, field(flow.request, "user"))
        elif route(flow) == "/logout":
            self.users |= dict.fromkeys((key for key in own if key in self.users), None)

    def owners(self, flow: http.HTTPFlow) -> list[str]:
        """Those whose note the reply carries though its reader did not write it, as "carol's"."""
        assert flow.response
        text = f"{flow.response.headers}{flow.response.get_text(strict=False)}"
        return [
            f"{owner}'s"
            for note, writers in self.writers.items()
            if self.client(flow) not in writers and any(form in text for form in forms(note))
            for owner in sorted(writers)
        ]


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


def route(flow: http.HTTPFlow) -> str:
    return flow.request.path.partition("?")[0]


def field(request: http.Request, name: str) -> str | None:
    """A field of a JSON or form body, None if the body has none of that name."""
    text = request.get_text(strict=False) or ""
    try:
        content = json.loads(text)
    except ValueError:
        content = {key: values[-1] for key, values in parse_qs(text).items()}
    value = content.get(name) if isinstance(content, dict) else None
    return value if isinstance(value, str) else None


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


def forms(note: str) -> set[str]:
    """The note as it looks in a text, in JSON and on a page."""
    return {note, json.dumps(note)[1:-1], html.escape(note)}


addons = [Label()]
