"""Identity is: an id of the table; requests that come at the same time are looked up together, in one question.

The answer has a row for each session that was found. For one that was not there is no row, so all that follow move up by
one: `zip` pairs the questions with the wrong answers, and says nothing about the question that is left over.

It happened: users saw pictures of other people's cameras, when a library that was under load mixed up ids. Wyze, February 2024.
https://9to5google.com/2024/02/19/wyze-camera-thumbnails-breach
"""

from ...message import Request
from ..table import Guest, Session, Table


class ZippedBatch(Table):
    """Asks for many at once, and counts the answers off."""

    def __init__(self, max_age: int | None = None) -> None:
        super().__init__(max_age)
        self.waiting: list[Batched] = []

    def guest(self, request: Request, found: str | None) -> Guest:
        guest = Batched(self, request, found)
        self.waiting.append(guest)
        return guest

    def meet(self, guest: Guest) -> None:
        """Who is in no row of the answer is nobody; a login gives them an id."""

    def look_up(self) -> None:
        with self.lock:
            batch, self.waiting = self.waiting, []
            rows = [self.sessions[guest.id] for guest in batch if guest.id in self.sessions]
            for guest, row in zip(batch, rows):  # noqa: B905 - the mistake
                guest.row = row


class Batched(Guest):
    """Asks for its session when somebody needs it, and for all others that wait."""

    table: ZippedBatch
    row: Session | None = None

    @property
    def user(self) -> str | None:
        if self in self.table.waiting:
            self.table.look_up()
        return self.row.user if self.row else None

    def begin(self, session: Session) -> None:
        super().begin(session)
        self.row = session

    def log_out(self) -> None:
        super().log_out()
        self.row = None
