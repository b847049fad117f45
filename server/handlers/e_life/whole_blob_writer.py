"""Identity is: an id of the table; a request loads the whole session, and at its end writes all of it back.

While one tab saves a note another one loads a page. Both have loaded the session as it was; the page's request ends last
and writes back what it had loaded. The note was acknowledged, and is gone: a lost update. And where the session has been
logged out in between, it is there again.

It happened: Rails tells of lost updates. https://guides.rubyonrails.org/security.html#session-storage
Django's sessions came back after a logout in this way until 1.10. https://code.djangoproject.com/ticket/21608
"""

from copy import deepcopy

from ...message import Request
from ..table import Guest, Table


class WholeBlobWriter(Table):
    """Writes back what it did not change, also where there is nothing left to write to."""

    notes_in_session = True

    def identify(self, request: Request) -> Guest:
        guest = super().identify(request)
        return Writer(self, guest) if guest.known else guest


class Writer(Guest):
    """Works on a copy."""

    def __init__(self, table: WholeBlobWriter, guest: Guest) -> None:
        super().__init__(table, guest.request, guest.id)
        self.session = deepcopy(self.session)
        self._before = self.id

    def finish(self) -> None:
        if self.id == self._before and self.user is not None:
            self.table.sessions[self.id] = self.session
