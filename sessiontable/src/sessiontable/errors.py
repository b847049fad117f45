"""What can go wrong with sessions. This package stands alone, so it has a root class of its own."""


class SessionError(Exception):
    """Root of all errors of the session table. The message names the thing, its value and the remedy."""


class SessionGone(SessionError):
    """The session ended (logout, login elsewhere, expiry) while this request was still at work; nothing was written."""


class StoreUnavailable(SessionError):
    """The store cannot answer now, so nobody knows who this is: answer 503, never with a fresh session instead.

    A change may or may not have been made where the store failed before it could acknowledge.
    """
