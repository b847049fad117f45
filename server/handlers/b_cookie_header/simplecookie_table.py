"""Identity is: an id of the table, looked for with a parser that gives up the whole header over one odd cookie.

`http.cookies.SimpleCookie` drops all cookies of a header in which one is malformed. So a cookie that another application
has left behind logs people out here, though ours stands beside it unharmed.

It happened: https://github.com/python/cpython/issues/92936
"""

from http.cookies import CookieError, SimpleCookie

from ...message import Request
from ..table import Table


class SimpleCookieTable(Table):
    """Trusts a parser that is stricter than browsers are."""

    def claimed(self, request: Request) -> list[str]:
        jar: SimpleCookie = SimpleCookie()
        try:
            jar.load("; ".join(request.cookie_lines))
        except CookieError:
            return []
        return [jar["sid"].value] if "sid" in jar else []
