"""Identity is: an id of the table; which reply is whose, a number says that clients choose for their requests.

All requests wait in one place, under their numbers. Each client counts its own requests, and each begins with the same
number; so two of them wait under one, and the reply to both is the reply to the second.

It happened: replies on a shared transport went to other clients, whose requests had the same id, CVE-2026-25536.
https://nvd.nist.gov/vuln/detail/CVE-2026-25536
"""

from ...message import Request
from ..table import Guest, Table


class ByRequestId(Table):
    """Lets clients number what is the server's to tell apart."""

    def __init__(self, max_age: int | None = None) -> None:
        super().__init__(max_age)
        self.waiting: dict[str, Guest] = {}

    def guest(self, request: Request, found: str | None) -> Guest:
        guest = Numbered(self, request, found)
        self.waiting[guest.number] = guest
        return guest


class Numbered(Guest):
    """A request that waits under its number."""

    table: ByRequestId

    def __init__(self, table: ByRequestId, request: Request, found: str | None) -> None:
        super().__init__(table, request, found)
        self.number = request.header("X-Request-Id") or f"without a number {id(self)}"

    @property
    def user(self) -> str | None:
        return self.table.waiting.get(self.number, self).session.user

    def finish(self) -> None:
        self.table.waiting.pop(self.number, None)
