"""A session table for web servers that stands on its own: standard library only, nothing of the lab.

>>> table = SessionTable(MemoryStore())
>>> session = table.open(["theme=dark; __Host-sessiontable=made-up"])  # all Cookie header lines of a request
>>> session.known                                      # an id that the server did not issue counts for nothing
False
>>> session.rotate(user="alice")                       # login: a new id, and the old one, if any, is dead
>>> [name for name, _ in session.headers()]            # the header lines that the reply has to carry
['Set-Cookie', 'Cache-Control', 'Vary']
"""

from .basics.users import User
from .basics.values import Json
from .errors import SessionError, SessionGone, StoreUnavailable
from .events import Event, Hooks
from .http.cookie import Cookie
from .logic.asynchronous import AsyncSession, AsyncSessionTable
from .logic.core import Listed
from .logic.table import Session, SessionTable
from .memory import MemoryStore
from .store import AsyncStore, Change, Outcome, Record, Store

__all__ = [
    "AsyncSession",
    "AsyncSessionTable",
    "AsyncStore",
    "Change",
    "Cookie",
    "Event",
    "Hooks",
    "Json",
    "Listed",
    "MemoryStore",
    "Outcome",
    "Record",
    "Session",
    "SessionError",
    "SessionGone",
    "SessionTable",
    "Store",
    "StoreUnavailable",
    "User",
]
