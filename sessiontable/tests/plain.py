"""The cookie of most tests: over plain http, under a short name."""

from sessiontable import Cookie

SID = Cookie("sid", secure=False)
