"""Identity is: an id of the table; a request loads the whole session, and at its end writes all of it back.

While one tab saves a note another one loads a page. Both have loaded the session as it was; the page's request ends last
and writes back what it had loaded. The note was acknowledged, and is gone: a lost update.

It happened: Rails tells of it. https://guides.rubyonrails.org/security.html#session-storage
"""

import time

from ...message import Request
from ..table import Guest, Table

DATABASE = 0.003
"""Seconds that a database takes; the lab's has none, and other requests come in that time."""


class WholeBlobWriter(Table):
    """Writes back what it did not change."""

    def identify(self, request: Request) -> "Writer":
        return Writer(self, super().identify(request))


class Writer(Guest):
    """Works on a copy."""

    def __init__(self, table: WholeBlobWriter, guest: Guest) -> None:
        super().__init__(table, guest.request, guest.id)
        self.known, self.set_cookies = guest.known, guest.set_cookies
        self._copy = dict(self.session.data)
        time.sleep(DATABASE)

    def notes(self) -> dict[str, str]:
        return self._copy

    def finish(self) -> None:
        time.sleep(DATABASE)
        self.session.data = self._copy
