"""Identity is: an id of the table; each user has a list of sessions, out of which a request takes its own while it works.

"End all my sessions" goes through the list. A session that is in the middle of a request is not on it, is put back when the
request is over, and lives on: with some bad luck it is just the one that was meant. That one's own session survives the
changed password is no merit of the server's: it is not on the list either.

It happened: sessions that one has ended come to life again by requests that were under way.
https://github.com/tj/connect-redis/issues/328
"""

from collections import defaultdict

from ...message import Request
from ..table import Guest, Table


class ForgetsOne(Table):
    """Counts only those who are at rest."""

    def __init__(self, max_age: int | None = None) -> None:
        super().__init__(max_age)
        self.at_rest: defaultdict[str | None, set[str]] = defaultdict(set)

    def identify(self, request: Request) -> Guest:
        guest = super().identify(request)
        self.at_rest[guest.user].discard(guest.id)
        return Busy(self, request, guest.id) if guest.known else guest

    def log_in(self, guest: Guest, user: str) -> None:
        super().log_in(guest, user)
        self.at_rest[user].add(guest.id)

    def password_changed(self, guest: Guest) -> None:
        for id_ in self.at_rest.pop(guest.user, ()):
            self.sessions.pop(id_, None)


class Busy(Guest):
    """A request of somebody whom the server knows."""

    table: ForgetsOne

    def finish(self) -> None:
        self.table.at_rest[self.user].add(self.id)
