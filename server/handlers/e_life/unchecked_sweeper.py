"""Identity is: an id of the table, from which each request sweeps what nobody uses any more.

The sweeper notes when each session was last used, takes its time, and then throws away what has become too old by its
notes. Who came back in between has touched the session, and loses it all the same: the sweeper does not look again.

It happened: https://github.com/spring-projects/spring-session/issues/93
"""

from ...message import Request
from ...visitor import IDLE_SECONDS
from ..table import Guest, Table


class UncheckedSweeper(Table):
    """Acts on what it knew before."""

    def identify(self, request: Request) -> Guest:
        return Sweeper(self, request, super().identify(request))


class Sweeper(Guest):
    """A request, whose server uses the occasion to sweep, as PHP's sessions do."""

    def __init__(self, table: UncheckedSweeper, request: Request, guest: Guest) -> None:
        super().__init__(table, request, guest.id)
        self.known, self.set_cookies = guest.known, guest.set_cookies
        self._noted = {id_: session.used for id_, session in table.sessions.items()}

    def finish(self) -> None:
        now = self.table.clock()
        for id_, used in self._noted.items():
            if now - used >= IDLE_SECONDS:
                self.table.sessions.pop(id_, None)
