"""Identity is: an id of the table, in a cookie that lasts as long for everybody, whatever they asked for at the login.

Alice logs in on the library's computer, does not tick "stay logged in", and closes the browser. Her cookie stays, and the
next reader is Alice.

It happened: https://github.com/IdentityServer/IdentityServer3/issues/3692
"""

from ..table import Guest, Table


class OneLifetime(Table):
    """Asks, and does not listen."""

    def issued(self, guest: Guest) -> str:
        return self.cookie.issue(guest.id)
