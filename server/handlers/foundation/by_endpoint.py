"""Identity is: the client's IP address and port.

It looks like a cure for by_address, since people behind one NAT differ in the port. But a port names a connection, not
a person: the next connection of the same browser comes from another port, and its owner is a stranger. And a NAT gives a
port that has become free to the next connection, whoever opens it: that person inherits the session of the one before.
How soon, RFC 6888 REQ-8 limits for carriers (120 s, with exceptions); RFC 6302 says what a port is good for: with the
exact time beside it, a line in a log.

It happened in protocols that know their peer by ip:port: a client that came back from the same port after a restart was
taken for its old self. https://github.com/randombit/botan/pull/2029
"""

from ...message import Request, endpoint
from ...visitor import NaiveHandler, Visitor


class ByEndpoint(NaiveHandler):
    """Takes a connection for an identity."""

    def identify(self, request: Request) -> Visitor:
        key = endpoint(request.client)
        return self.meet(key, f"your request came from {key}, address and port")
