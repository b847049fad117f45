"""Identity is: an id of the table. A newcomer gets it with a 301 that sends them on to the welcome page.

301 means "moved for good", and a cache may keep it although no header says so (RFC 9110, 15.1), the cookie with it. So the
redirect of the first newcomer is that of all, and they all have one id.

It happened: lasting redirects without a word to caches were shared by people with and without a login.
https://github.com/damoang/angple/pull/1561
"""

from ...message import NOT_KEPT, Refused, Request
from ..small_table import Guest, SmallTable


class Newcomer(Guest):
    """Is sent on before anything else."""

    def count_visit(self) -> int:
        raise Refused(301, "the front page is /whoami for you", (("Location", "/whoami"),))


class CacheableRedirect(SmallTable):
    """Sends people on for good, with a cookie that is theirs alone."""

    def identify(self, request: Request) -> Guest:
        guest = super().identify(request)
        if not guest.known and request.path == "/":
            guest.__class__ = Newcomer
        return guest

    def caching(self, guest: Guest) -> tuple[tuple[str, str], ...]:
        return () if isinstance(guest, Newcomer) else NOT_KEPT
