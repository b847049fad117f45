"""Identity is: whatever id the cookie carries.

Each visitor has an id of their own, and it is random. But an id that the server has never issued is adopted: it becomes
valid by being sent. An attacker plants an id of his own choosing in the victim's browser (a link, a neighbour on another
port, a sibling domain), the victim logs in, and the attacker uses the same id: session fixation. The id does not change
at login either, so one that was fetched and planted beforehand does as well.

It happened: Rails took over any id a client sent, made a session of it, and so let ended ones come back.
https://github.com/rails/rails/pull/2039
"""

from secrets import token_urlsafe

from sessiontable import Cookie

from ...message import Request
from ...visitor import NaiveHandler, Visitor


class ClientChosen(NaiveHandler):
    """Takes a claim for a proof."""

    def identify(self, request: Request) -> Visitor:
        cookie = Cookie("sid", max_age=self.max_age, secure=False)
        for claimed in cookie.candidates(request.cookie_lines):
            return self.meet(claimed, "your cookie sid says so")
        fresh = token_urlsafe(32)
        return self.meet(fresh, "you brought no cookie sid, so here is one", set_cookies=(cookie.issue(fresh),))
