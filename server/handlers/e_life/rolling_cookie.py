"""Identity is: an id of the table, and every reply to somebody who is logged in gives the session a new one.

A request is under way when Alice logs out. Its reply comes after that of the logout, and brings a new cookie: she sees that
she is logged out, and her browser is logged in again. Nobody looked whether the session was still there.

It happened: https://github.com/auth0/express-openid-connect/issues/446
"""

from ...message import Request
from ..table import Guest, Table


class RollingCookie(Table):
    """Renews what has ended in the meantime."""

    def identify(self, request: Request) -> Guest:
        guest = super().identify(request)
        return Rolled(self, request, guest.id) if guest.known else guest


class Rolled(Guest):
    def finish(self) -> None:
        with self.table.lock:
            if self.user is not None:
                self.table.sessions.pop(self.id, None)
                self.begin(self.session)
