"""Identity is: an id of the table, read into a variable that outlives the request.

A header of more than 8 KB is not read, which is right. But the variable is the server's, and still holds what the request
before had brought. So who comes with too many cookies is whoever came last.

It happened: Tomcat could use a header's value of the request before once more, CVE-2020-17527.
https://nvd.nist.gov/vuln/detail/CVE-2020-17527
"""

from ...message import Request
from ..table import Table

LONGEST = 8 * 1024  # bytes of Cookie header that are read, as with many a server


class StaleHeader(Table):
    """Leaves on the desk what the last visitor had put there."""

    def __init__(self, max_age: int | None = None) -> None:
        super().__init__(max_age)
        self.read = list[str]()

    def claimed(self, request: Request) -> list[str]:
        if sum(map(len, request.cookie_lines)) <= LONGEST:
            self.read = super().claimed(request)
        return self.read
