"""Identity is: an id of the table, sent anew with each page so that it lives on; and caches may keep the front page.

Each of the two is common and harmless alone. Together a cache keeps the page with the cookie of whoever came first, and
gives both to all who come after: they do not only see that person's page, they are logged in as that person.

It happened: renewed session cookies on two routes that a CDN kept gave people others' sessions, in March 2023.
https://www.loom.com/blog/march-7-incident-update
"""

from ...message import NOT_KEPT, Request
from ..small_table import Guest, SmallTable


class CacheableLogin(SmallTable):
    """Renews the cookie, and forgets that the page with it may be kept."""

    def identify(self, request: Request) -> Guest:
        guest = super().identify(request)
        if guest.known:
            guest.set_cookies = (self.cookie.issue(guest.id),)
        return guest

    def caching(self, guest: Guest) -> tuple[tuple[str, str], ...]:
        front_page = guest.request.method == "GET" and guest.request.path == "/"
        return (("Cache-Control", "public, max-age=600"),) if front_page else NOT_KEPT
