"""Identity is: an id of the table, in a cookie whose name many another application uses as well.

Cookies know no ports. A second application on the same host that calls its cookie `session`, too, overwrites ours, and our
next login overwrites theirs: people are logged out here whenever they have been there.

It happened: two OctoPrints on one host logged each other's users out. https://github.com/OctoPrint/OctoPrint/issues/1479
"""

from sessiontable import Cookie

from ..table import Table


class SharedName(Table):
    """Calls its cookie what everybody calls it."""

    def __init__(self, max_age: int | None = None) -> None:
        super().__init__(max_age)
        self.cookie = Cookie("session", max_age=max_age, secure=False)
