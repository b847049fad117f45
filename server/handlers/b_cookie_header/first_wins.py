"""Identity is: an id of the table; of two cookies of our name the first one counts.

Browsers send the cookie of the longest path first, so a cookie that another application has planted for a deeper path
stands before Alice's own, is in no table, and hides it.

It happened: Werkzeug keeps the first one; RFC 6265bis, 4.2.2, warns of relying on the order.
https://datatracker.ietf.org/doc/html/draft-ietf-httpbis-rfc6265bis
"""

from ...message import Request
from ..table import Table


class FirstWins(Table):
    """Looks at one of several claims."""

    def claimed(self, request: Request) -> list[str]:
        return super().claimed(request)[:1]
