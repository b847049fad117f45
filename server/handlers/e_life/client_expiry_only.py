"""Identity is: an id of the table; when it ends, the browser is told, and nobody else.

Max-Age is a request to the browser to forget. Whoever has copied the cookie, or found it in a backup of the disk, does not
forget, and a laptop that was left open is asked nothing for a week. The server has to know the time itself: since when the
session is, and when it was last used. (OWASP ASVS 5.0, 7.3.1 and 7.3.2.)

It happened: https://github.com/hapijs/yar/issues/92
"""

from ..table import Session, Table


class ClientExpiryOnly(Table):
    """Leaves the clock to the browser."""

    def alive(self, session: Session | None) -> bool:
        return session is not None
