"""Identity is: an id of the table, in a cookie called `sid`, `SID` or `Sid`.

Cookie names are compared letter by letter. Who is more generous takes for its own what is another's: `SID` of another
application hides ours. And browsers that guarded only names beginning with `__Host-` let neighbours plant a `__HOST-sid`.

It happened: browsers have to guard the prefix in any case of letters now, because of such servers.
https://github.com/httpwg/http-extensions/issues/2231
"""

from ...message import Request
from ..table import Table


class CaseInsensitive(Table):
    """Answers to every name that sounds alike."""

    def claimed(self, request: Request) -> list[str]:
        pairs = [pair.strip().partition("=") for line in request.cookie_lines for pair in line.split(";")]
        return [value for name, _, value in pairs if name.lower() == self.cookie.name][:1]
