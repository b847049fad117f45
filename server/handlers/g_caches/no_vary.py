"""Identity is: an id of the table. Caches may keep a page for a minute, and are not told that it depends on the cookie.

"For a minute" was meant for the browser, to save work. But a shared cache hears it as well, and looks a page up by its
address alone unless `Vary: Cookie` says what else it depends on (RFC 9111, 4.1). `private` says it better.

It happened: pages for people who were logged in were kept without Vary. https://github.com/ckan/ckan/issues/6955
"""

from ...message import NOT_KEPT
from ..small_table import Guest, SmallTable


class NoVary(SmallTable):
    """Says for how long, and not for whom."""

    def caching(self, guest: Guest) -> tuple[tuple[str, str], ...]:
        return (("Cache-Control", "max-age=60"),) if guest.known and guest.request.method == "GET" else NOT_KEPT
