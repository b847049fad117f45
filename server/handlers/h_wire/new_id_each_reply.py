"""Identity is: an id of the table; every reply brings a new one, and the one before is dead at once.

So a stolen id is good for one request at the most. But where a reply gets lost on its way, the browser still has the old
id, which the server has forgotten: on a bad line people are logged out again and again. An id that is replaced must live
on until the new one has been seen, or for a while.

PHP's manual warns of it: https://www.php.net/manual/en/function.session-regenerate-id.php
"""

from ...message import Request
from ..table import Guest, Table


class NewIdEachReply(Table):
    """Takes it for granted that its reply arrives."""

    def identify(self, request: Request) -> Guest:
        with self.lock:
            guest = super().identify(request)
            if guest.known:
                guest.begin(self.sessions.pop(guest.id))
            return guest
