"""Identity is: an id of the table; which sessions belong to a user, nobody has written down.

When Alice changes her password because somebody knows it, the server cannot end that somebody's session: it does not know
which one it is. (OWASP ASVS 5.0, 7.4.3: people must at least be offered it.)

It happened: of twelve applications that were measured for this lab five left all other sessions alive.
https://owasp.org/www-project-application-security-verification-standard/
"""

from ..table import Guest, Table


class NoUserIndex(Table):
    """Changes the lock and collects no keys."""

    def password_changed(self, guest: Guest) -> None:
        pass
