"""Identity is: an id of a table in a store, which one connection leads to: replies come in the order of the questions.

A request asks, and then reads its reply. Where it is cancelled in between, because its client has gone, nobody reads that
reply. It is still in the connection when the next request reads its own: from here on everybody gets the reply to the
question before.

It happened: people saw titles of others' conversations, ChatGPT, 20 March 2023.
https://openai.com/index/march-20-chatgpt-outage/
"""

from collections import deque

from ...message import Request
from ..table import Guest, Session, Table


class DesyncedStore(Table):
    """Puts a connection back among the good ones without having read all that it has asked for."""

    def __init__(self, max_age: int | None = None) -> None:
        super().__init__(max_age)
        self.replies: deque[Session] = deque()

    def guest(self, request: Request, found: str | None) -> Guest:
        guest = Asking(self, request, found)
        self.replies.append(guest.session)  # the question is sent, and this is what will come back
        return guest


class Asking(Guest):
    """Reads its reply when it is needed, if the request lives so long."""

    table: DesyncedStore
    read = False

    def receive(self) -> None:
        if not self.read:
            self.read, self.session = True, self.table.replies.popleft()

    @property
    def user(self) -> str | None:
        self.receive()
        return self.session.user

    def begin(self, session: Session) -> None:
        self.receive()
        super().begin(session)

    def log_out(self) -> None:
        self.receive()
        super().log_out()
