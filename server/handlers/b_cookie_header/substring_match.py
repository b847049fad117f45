"""Identity is: an id of the table, looked for as a piece of text: whatever stands behind `sid=`, wherever that is.

`notsid=…` ends in our name, and the value of another cookie may hold a whole `sid=…`. So a cookie of another application
hides ours, and whoever can write into any cookie's value can plant an id.

It happened: a cloud provider's example for reading a cookie matched the end of other names.
https://github.com/cloudflare/cloudflare-docs/issues/1909
"""

import re

from ...message import Request
from ..table import Table


class SubstringMatch(Table):
    """Reads a header as if it were a sentence."""

    def claimed(self, request: Request) -> list[str]:
        return re.findall(r'sid="?([^;"]+)', "; ".join(request.cookie_lines))[:1]
