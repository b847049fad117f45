"""Identity is: the address in X-Forwarded-For, which anybody can write.

Behind a proxy all requests come from the proxy, so the server takes the address from the header that the proxy writes. But
a client can write it as well, and then has any address that it likes, and whose that is.

It happened: an identity that clients write into a header is CWE-290. https://cwe.mitre.org/data/definitions/290.html
"""

from ...message import Request
from ...visitor import NaiveHandler, Visitor


class TrustsForwarded(NaiveHandler):
    """Takes a client's word for the proxy's."""

    def identify(self, request: Request) -> Visitor:
        address = request.header("X-Forwarded-For").partition(",")[0].strip() or request.client[0]
        return self.meet(address, f"your request says that it came from the address {address}")
