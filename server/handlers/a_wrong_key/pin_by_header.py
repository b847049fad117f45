"""Identity is: an id of the table, pinned to an address that the client itself may write into a header.

The pin throws out honest people who move. Who has copied the cookie writes Alice's address into X-Forwarded-For, and the
pin lets them in.

It happened: a well-known login extension takes the first element of X-Forwarded-For from whoever sends it.
https://flask-login.readthedocs.io/en/latest/#session-protection
"""

from ...message import Request
from .pinned_table import PinnedTable


class PinByHeader(PinnedTable):
    """Asks the thief where he comes from."""

    def address(self, request: Request) -> str:
        return request.header("X-Forwarded-For").partition(",")[0].strip() or super().address(request)
