"""Sessions for Flask: `flask.session`, on the table.

>>> Sessions(app, SessionTable(SQLiteStore("sessions.db")))
>>> login("alice")  # in a view: a new id, which belongs to alice
"""

from .interface import Sessions, login, logout, session
from .values import FlaskSession

__all__ = ["FlaskSession", "Sessions", "login", "logout", "session"]
