"""Identity is: what stands in the cookie itself, signed by the server.

Nobody can forge it, and the server needs no table. So it has nothing that it could delete: a logout takes the cookie out of
one browser, and every copy of it stays good for ever.

It happened: Flask's and Starlette's sessions are such cookies. https://cwe.mitre.org/data/definitions/613.html
"""

import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from secrets import token_bytes

from ...message import Request
from ..table import Guest, Session, Table


class SignedCookie(Table):
    """Believes its own signature, for ever."""

    def __init__(self, max_age: int | None = None) -> None:
        super().__init__(max_age)
        self._key = token_bytes(32)

    def signature(self, text: str) -> str:
        return hmac.new(self._key, text.encode(), "sha256").hexdigest()

    def meet(self, guest: Guest) -> None:
        """No cookie before the login, which writes it when the user is known."""

    def find(self, request: Request) -> str | None:
        for claimed in self.claimed(request):
            text, _, signature = claimed.rpartition(".")
            if hmac.compare_digest(self.signature(text).encode(), signature.encode()):
                self.sessions[claimed] = Session(json.loads(urlsafe_b64decode(text))["user"])
                return claimed
        return None

    def log_in(self, guest: Guest, user: str) -> None:
        text = urlsafe_b64encode(json.dumps({"user": user, "salt": token_bytes(8).hex()}).encode()).decode()
        guest.id, guest.session = f"{text}.{self.signature(text)}", Session(user)
        guest.set_cookies = (self.cookie.issue(guest.id),)
