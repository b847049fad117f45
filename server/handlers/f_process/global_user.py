"""Identity is: an id of the table; who is logged in is put into a variable for the rest of the program.

That is convenient: no function has to be told who asks. But there is one variable, and many requests at a time. While
Alice's request waits for the database Bob's comes, and when hers goes on she is Bob.

It happened: a request got the session of another one that was handled at the same time, GitHub, March 2021.
https://github.blog/2021-03-18-how-we-found-and-fixed-a-rare-race-condition-in-our-session-handling/
"""

from ...message import Request
from ..table import Guest, Session, Table


class GlobalUser(Table):
    """Has one current user for everybody."""

    current: str | None = None

    def guest(self, request: Request, found: str | None) -> Guest:
        return Current(self, request, found)


class Current(Guest):
    """A request that says who is there, and reads it again when the page is made."""

    table: GlobalUser

    def __init__(self, table: GlobalUser, request: Request, found: str | None) -> None:
        super().__init__(table, request, found)
        table.current = self.session.user

    def begin(self, session: Session) -> None:
        super().begin(session)
        self.table.current = session.user

    def log_out(self) -> None:
        super().log_out()
        self.table.current = None

    @property
    def user(self) -> str | None:
        return self.table.current
