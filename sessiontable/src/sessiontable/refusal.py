"""What an adapter answers where the session table cannot: one reply for all of them."""

from dataclasses import dataclass

from .errors import SessionGone, StoreUnavailable


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
