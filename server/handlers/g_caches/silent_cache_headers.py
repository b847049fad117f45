"""Identity is: an id of the table. What the server says to caches: nothing.

A reply without a word about caching is not forbidden to be kept: a shared cache may guess how long it is good (RFC 9111,
4.2.2), and a cookie in the request does not keep it from that. In development there is no cache, so nothing is seen.

It happened: a CDN that was switched on by mistake kept all replies without such headers, and showed people each other's
pages, in March 2026. https://blog.railway.com/p/incident-report-march-30-2026-accidental-cdn-caching
"""

from ..small_table import Guest, SmallTable


class SilentCacheHeaders(SmallTable):
    """Leaves it to others what may be kept."""

    def caching(self, guest: Guest) -> tuple[tuple[str, str], ...]:
        return ()
