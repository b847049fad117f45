"""Identity is: an id of the table, in a cookie whose name is looked for behind all signs of equality.

Browsers keep cookies that have no name, and send them as `=sid=evil`, or as `sid=evil` alone. A parser that takes away the
sign in front finds our cookie there, and a neighbour has planted it, past all that guards a name such as `__Host-sid`.

It happened: Werkzeug read `=__Host-test=bad` as `__Host-test=bad`, CVE-2023-23934.
https://nvd.nist.gov/vuln/detail/CVE-2023-23934
"""

from dataclasses import replace

from ...message import Request
from ..table import Table


class StripsEquals(Table):
    """Mends what is not broken."""

    def claimed(self, request: Request) -> list[str]:
        pairs = [pair.strip().lstrip("=") for line in request.cookie_lines for pair in line.split(";")]
        return super().claimed(replace(request, cookie_lines=("; ".join(pairs),)))[:1]
