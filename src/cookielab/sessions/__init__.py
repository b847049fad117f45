"""A session table for web servers that stands on its own: standard library only, nothing of the lab.

>>> table = SessionTable(MemoryStore())
>>> session = table.open(["theme=dark; sid=made-up"])  # all Cookie header lines of a request
>>> session.known                                      # an id that the server did not issue counts for nothing
False
>>> session.rotate(user="alice")                       # login: a new id, and the old one, if any, is dead
>>> len(session.set_cookies)                           # the Set-Cookie values that the reply has to carry
1
"""

from .cookie import Cookie
from .errors import SessionError, SessionGone
from .memory import MemoryStore
from .store import Record, Store
from .table import Json, Session, SessionTable

__all__ = ["Cookie", "Json", "MemoryStore", "Record", "Session", "SessionError", "SessionGone", "SessionTable", "Store"]
