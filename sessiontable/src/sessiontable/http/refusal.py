"""What an adapter answers where the session table cannot: one reply for all of them."""

import re
from dataclasses import dataclass

from ..errors import SessionGone, StoreUnavailable

_LONGEST_PAGE = 1000
_MARKUP = re.compile(rb"<style.*?</style>|<[^>]*>|[\s{}\":.,=]+|\xe2\x9a\xa0\xef\xb8\x8f|\xe2\x80\x94", re.DOTALL)
_NOTHING = re.compile(
    rb"(?> *(?:(?:Error |500 )* *(?:Internal Server Error|internal server error)|(?:status_code|status|code) 500|detail|title|status|message|description"
    rb"|type about blank"
    rb"|The server encountered an internal error and was unable to complete your request"
    rb"|Either the server is overloaded or there is an error in the application"
    rb"|The (?:application|server) encountered an (?:unexpected|internal) error and (?:could not continue|cannot complete your request)"
    rb"|The server encountered an unexpected condition which prevented it from fulfilling the request"
    rb"|Powered by +CherryPy [\d ]+"
    rb"|Sorry the requested URL .{1,300}? caused an error))*+ *"
)
"""What the pages of Starlette, Litestar, Quart, Flask and its libraries, Falcon, Bottle, Sanic, CherryPy and web.py are made of."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A whole reply. It carries no cookie: the session may be sound, and another tab may just have got a new one."""

    status: int
    reason: str
    text: str
    retry_after: int | None = None
    """Seconds."""

    @property
    def body(self) -> bytes:
        return self.text.encode()

    @property
    def headers(self) -> list[tuple[str, str]]:
        lines = [
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Length", str(len(self.body))),
            ("Cache-Control", "no-store"),
        ]
        return lines if self.retry_after is None else [*lines, ("Retry-After", str(self.retry_after))]


GONE = Refusal(409, "Conflict", "Your session ended while this request was under way: send the request again.\n")
UNAVAILABLE = Refusal(503, "Service Unavailable", "Sessions cannot be looked up right now: try again soon.\n", 5)


def refusal_of(error: SessionGone | StoreUnavailable) -> Refusal:
    """The reply for an error. It tells nothing of the store; the error's own message is for the log."""
    return GONE if isinstance(error, SessionGone) else UNAVAILABLE


def told_by(error: BaseException) -> SessionGone | StoreUnavailable | None:
    """The session's error that this one is, or that it is a group of; None for all else."""
    if isinstance(error, SessionGone | StoreUnavailable):
        return error
    if isinstance(error, BaseExceptionGroup):
        each = [told_by(one) for one in error.exceptions]
        return each[0] if all(each) else None
    return None


def says_nothing(page: bytes) -> bool:
    """Whether a 500 page is a framework's own, for an error that nobody had caught: one of the app's own is not replaced."""
    if len(page) > _LONGEST_PAGE or b"internal server error" not in page.lower():
        return False
    return bool(_NOTHING.fullmatch(_MARKUP.sub(b" ", page)))


def over_plain_http(scheme: str, forwarded: str) -> bool:
    """Whether a request came over http, as far as the server knows. `forwarded`: its X-Forwarded-Proto. To believe that
    header from anybody does no harm here: it keeps an error back, and the cookie stays Secure.
    """
    return scheme in {"http", "ws"} and "https" not in forwarded.lower()
