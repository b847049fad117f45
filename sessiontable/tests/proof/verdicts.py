"""How a proof fails: with the name of the invariant that is broken, so that a fault is known by what it breaks."""

from typing import NoReturn

INVARIANTS = {
    "isolation": "nobody is shown what another one's session holds",
    "continuity": "who has a living session is known by it",
    "uniqueness": "an id is issued once",
    "authenticity": "an id that the server did not issue never becomes valid",
    "finality": "after logout, login or expiry an id opens nothing, and nothing can be written there",
    "durability": "every acknowledged write is visible later",
    "order": "writes of one event loop are done in the order of their begin",
    "steadiness": "nobody loses a session by another's acts, foreign cookies, a restart or another replica",
    "thrift": "who only looks costs no write, and who stores nothing is not stored",
    "secrecy": "what lies in the store opens no session",
    "privacy": "a reply that depends on a session stays out of shared caches",
    "listing": "a user's list holds the sessions that live, and no others",
}
"""The invariants of the lab, and five more that a server alone can show."""


class Broken(AssertionError):
    """An invariant does not hold."""

    def __init__(self, invariant: str, what: str) -> None:
        super().__init__(f"{invariant}: {what} ({INVARIANTS[invariant]})")
        self.invariant = invariant


def broken(invariant: str, what: str) -> NoReturn:
    """Say so."""
    raise Broken(invariant, what)


def holds(invariant: str, condition: object, what: str) -> None:
    """Nothing where the condition is true; otherwise raises Broken."""
    if not condition:
        broken(invariant, what)
