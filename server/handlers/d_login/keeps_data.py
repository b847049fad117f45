"""Identity is: an id of the table; the login changes the user's name, and the rest of the session stays.

A note lies in the session, as carts and drafts do. When Bob logs in in Alice's browser he gets a new id, his own name, and
everything that Alice had left in the session.

It happened: Django flushes the session when somebody else logs in, because of this.
https://docs.djangoproject.com/en/stable/topics/http/sessions/
"""

from ..table import Guest, Table


class KeepsData(Table):
    """Changes the name on the door and leaves the room as it was."""

    notes_in_session = True

    def log_in(self, guest: Guest, user: str) -> None:
        self.sessions.pop(guest.id, None)
        guest.session.user = user
        guest.begin(guest.session)
