"""Identity is: an id of the table; the login issues a new one, and the old one stays good, too.

Half of the remedy against session fixation: the browser gets a new id, but the table keeps the old one for the same
session. Whoever knows the old id is logged in with the new one's rights.

It happened: passport regenerated the session and left the old one be, CVE-2022-25896.
https://nvd.nist.gov/vuln/detail/CVE-2022-25896
"""

from ..table import Guest, Table


class KeepsOldId(Table):
    """Makes a second key and leaves the first one in the lock."""

    def log_in(self, guest: Guest, user: str) -> None:
        guest.session.user = user
        guest.begin(guest.session)
