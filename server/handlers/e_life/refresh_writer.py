"""Identity is: an id of the table; a request that only reads saves the session as well, because it has been used.

A reader changes nothing, so nobody expects it to take anything away. But what it saves is the session as it was when the
reader came: a note that was stored in the meantime is gone.

It happened: https://github.com/bbangert/beaker/issues/9
"""

from ...message import Request
from ..table import Guest, Table


class RefreshWriter(Table):
    """Says "still here" by writing everything down once more."""

    notes_in_session = True

    def identify(self, request: Request) -> Guest:
        guest = super().identify(request)
        return Reader(self, request, guest.id) if guest.known and request.method == "GET" else guest


class Reader(Guest):
    """Somebody who reads, and what they have loaded."""

    def __init__(self, table: RefreshWriter, request: Request, found: str) -> None:
        super().__init__(table, request, found)
        self._loaded = dict(self.session.data)

    def finish(self) -> None:
        self.session.data = self._loaded
