"""Identity is: the connection. Whoever logs in on it is logged in until it is closed.

HTTP knows no such thing: each request stands alone, and "a server must not assume that two requests on one connection come
from one client" (RFC 9110, 3.3). A proxy takes whichever connection to the server is free, so the next request on it is
somebody else's, and is answered as that of whoever logged in.

It happened: logins that belong to the connection, as NTLM does it, "have been known to violate this requirement, resulting
in security and interoperability problems". https://www.rfc-editor.org/rfc/rfc9110#section-3.3
"""

from itertools import count

from ...message import Request
from ...visitor import MAX_AGE, NaiveHandler, Visitor


class ByConnection(NaiveHandler):
    """Takes a connection for a person."""

    def __init__(self, max_age: int | None = MAX_AGE) -> None:
        super().__init__(max_age)
        self._numbers = count(1)

    def identify(self, request: Request) -> Visitor:
        key = request.connection.setdefault("visitor", f"connection {next(self._numbers)}")
        return self.meet(key, f"your request came over {key}")
