"""Identity is: an id of the table; failed logins are counted by the address that they come from.

A limit on failed logins is right. Counted by address it is a switch: whoever gets the password wrong five times locks out
the office, the school, or all of a carrier's customers who share that address.

It happened: blocking by address is the oldest consequence of shared addresses.
https://www.rfc-editor.org/rfc/rfc6269#section-13
"""

from collections import Counter

from ...message import Refused, Request
from ..table import Guest, Table

FAILURES = 5


class LimitsByAddress(Table):
    """Punishes the house for the guest."""

    def __init__(self, max_age: int | None = None) -> None:
        super().__init__(max_age)
        self.failures: Counter[str] = Counter()

    def identify(self, request: Request) -> "Limited":
        guest = super().identify(request)
        limited = Limited(self, request, guest.id)
        limited.known, limited.set_cookies = guest.known, guest.set_cookies
        return limited


class Limited(Guest):
    """Somebody whose neighbours count."""

    table: LimitsByAddress

    def tries_to_log_in(self, *, right: bool) -> None:
        address = self.request.client[0]
        if self.table.failures[address] >= FAILURES:
            raise Refused(429, f"too many failed logins from {address}: try again tomorrow")
        if not right:
            self.table.failures[address] += 1
