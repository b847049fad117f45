"""Identity is: an id of the table; for a while after a login the old id leads to the new session as well.

The reply that carries the new id may be lost, and then the browser still has the old one. So it is let in with that. But
whoever planted it, or copied it before the login, is let in as well: the grace is for everybody who has the id.

It happened: a window in which the old id was still good, closed later. https://github.com/liuch/dmarc-srg/pull/188
"""

from ...message import Request
from ..table import Guest, Table


class OpenGrace(Table):
    """Leaves the door open for somebody who may have forgotten the key."""

    def __init__(self, max_age: int | None = None) -> None:
        super().__init__(max_age)
        self.moved: dict[str, str] = {}

    def find(self, request: Request) -> str | None:
        for claimed in self.claimed(request):
            while claimed in self.moved:
                claimed = self.moved[claimed]  # noqa: PLW2901 - from id to id, up to the newest
            if claimed in self.sessions:
                return claimed
        return None

    def log_in(self, guest: Guest, user: str) -> None:
        before = guest.id
        super().log_in(guest, user)
        self.moved[before] = guest.id
