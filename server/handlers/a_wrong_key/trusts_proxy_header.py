"""Identity is: the address that the connection says it comes from, in a line of the PROXY protocol.

A proxy that passes connections on begins each with `PROXY TCP4 <client> ...`, so that the server learns the address. Anybody
who reaches the server past the proxy can begin a connection in the same way, with whatever address they like. The
protocol leaves it to the server to let only its own proxies speak it.

It happened: an identity that a client can write by itself is CWE-290. https://cwe.mitre.org/data/definitions/290.html
"""

from ...message import Request
from ...visitor import NaiveHandler, Visitor


class TrustsProxyHeader(NaiveHandler):
    """Believes whoever speaks like a proxy."""

    def identify(self, request: Request) -> Visitor:
        address = request.announced or request.client[0]
        return self.meet(address, f"your connection says that it comes from {address}")
