"""Identity is: the address and what the browser calls itself.

It looks finer than the address alone. But an office buys its laptops by the dozen, and updates them on one day: two people
behind one address with the same browser are one person. And who updates the browser overnight is a stranger in the morning.

It happened: people behind one NAT with the same browser were one visitor. https://github.com/lesterchan/wp-useronline/pull/18
"""

from ...message import Request
from ...visitor import NaiveHandler, Visitor


class ByFingerprint(NaiveHandler):
    """Takes a make and an address for a person."""

    def identify(self, request: Request) -> Visitor:
        fingerprint = f"{request.client[0]} {request.header('User-Agent')}"
        return self.meet(fingerprint, "your request came from there, with a browser of that make")
