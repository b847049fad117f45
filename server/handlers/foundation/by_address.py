"""Identity is: the client's IP address.

An address names a place in the network, not a person. Behind a NAT gateway a whole home, office or mobile network
shares one, so its people are one person to this server: the last one who logs in is who all of them are. And a laptop
that goes from home to the office comes from another address, so its owner is a stranger there.

It happened: the first of two people in one LAN became the second. https://github.com/Phorum/Core/issues/544
And the other way round, a changed address ended the session: https://github.com/mailcow/mailcow-dockerized/pull/295
"""

from ...message import Request
from ...visitor import NaiveHandler, Visitor


class ByAddress(NaiveHandler):
    """Takes an address for an identity."""

    def identify(self, request: Request) -> Visitor:
        address, _port = request.client
        return self.meet(address, f"your request came from the address {address}")
