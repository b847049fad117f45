"""Identity is: an id of the table that is good for one request; each gets a new one, and a used one that comes back is theft.

Two tabs of Alice's ask at once, with the same cookie. The first uses it up; the second comes with a used one, so the server
takes it for a thief and ends the session: Alice is thrown out of both tabs by her own browser.

It happened: https://github.com/opendefender/OpenRisk/issues/700
"""

from ...message import Request
from ..table import Guest, Session, Table


class SingleUseRefresh(Table):
    """Takes haste for theft."""

    def __init__(self, max_age: int | None = None) -> None:
        super().__init__(max_age)
        self.used_up: dict[str, Session] = {}

    def identify(self, request: Request) -> Guest:
        with self.lock:
            for claimed in self.claimed(request):
                if claimed in self.used_up:
                    self.end(self.used_up[claimed])
            guest = super().identify(request)
            if guest.known and guest.user is not None:
                self.used_up[guest.id] = self.sessions.pop(guest.id)
                guest.begin(guest.session)
            return guest

    def end(self, session: Session) -> None:
        """Whoever holds an id of this session is nobody from now on."""
        self.sessions = {id_: other for id_, other in self.sessions.items() if other is not session}
