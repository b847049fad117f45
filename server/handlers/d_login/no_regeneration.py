"""Identity is: an id of the table, and the login changes nothing about it.

Ids are random and issued by the server, and unknown ones are refused. But the id that a browser had before the login is the
one that it has after it. Whoever knew it before (because they fetched it and planted it there) is now logged in as well:
session fixation, CWE-384. https://cwe.mitre.org/data/definitions/384.html

It happened: PHP applications that call no session_regenerate_id() at login.
https://www.php.net/manual/en/function.session-regenerate-id.php
"""

from ..table import Guest, Table


class NoRegeneration(Table):
    """Logs somebody in on an id that others may know."""

    def log_in(self, guest: Guest, user: str) -> None:
        guest.session.user = user
