"""Sessions for Django: the table as an engine, for the admin, `django.contrib.auth`, messages and the test client.

>>> SESSION_ENGINE = "sessiontable.django"
>>> SESSIONTABLE = {"store": "sqlite:sessions.db"}
"""

from .store import SessionStore
from .tables import end_session, end_sessions, sessions_of, table

__all__ = ["SessionStore", "end_session", "end_sessions", "sessions_of", "table"]
