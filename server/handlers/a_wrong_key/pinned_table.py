"""Identity is: an id of the table, good at the address where it was issued and nowhere else.

Meant against thieves of cookies. But people move, carriers change addresses from one connection to the next, and a thief
in the same office has the same address. So honest people are thrown out, and that thief is not.

It happened: https://github.com/mailcow/mailcow-dockerized/pull/295 and https://github.com/pi-hole/FTL/issues/1779
"""

from ...message import Request
from ..table import Table


class PinnedTable(Table):
    """Takes an address for a part of a person."""

    def address(self, request: Request) -> str:
        return request.client[0]

    def find(self, request: Request) -> str | None:
        found = super().find(request)
        if found is not None:
            session, here = self.sessions[found], self.address(request)
            session.address = session.address or here
            if session.address != here:
                return None
        return found
