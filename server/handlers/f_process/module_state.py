"""Identity is: an id of the table; what the page shows is collected in a module's variable.

In the browser such a variable belongs to one person. On the server the same module serves everybody, and it outlives the
request: who comes without a login finds what the one before has left there.

It happened: state of a module in server-side rendering is shared by all requests; frameworks warn of it since.
https://vuejs.org/guide/scaling-up/ssr.html#cross-request-state-pollution
"""

from ...message import Request
from ..table import Guest, Table

STATE: dict[str, str] = {}


class ModuleState(Table):
    """Fills in what it knows, and clears away nothing."""

    def guest(self, request: Request, found: str | None) -> Guest:
        return Rendered(self, request, found)


class Rendered(Guest):
    """A page that is made from the module's state."""

    @property
    def user(self) -> str | None:
        if self.session.user is not None:
            STATE["user"] = self.session.user
        return STATE.get("user")
