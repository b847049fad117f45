"""Identity is: an id of the table; of two cookies of our name the last one counts.

Cookies go into a dict, as in most parsers, so the last one overwrites the others. A cookie that another application has
planted (from a sibling domain, from an older path) stands last, is in no table, and hides Alice's own.

It happened: http.cookies, Starlette, Django and Tornado keep the last one; RFC 6265bis, 4.2.2, warns of relying on the
order. https://datatracker.ietf.org/doc/html/draft-ietf-httpbis-rfc6265bis
"""

from ...message import Request
from ..table import Table


class LastWins(Table):
    """Looks at one of several claims."""

    def claimed(self, request: Request) -> list[str]:
        return super().claimed(request)[-1:]
