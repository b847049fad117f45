"""Where ids come from: see README.md."""

from cookielab.stage import Group

from . import restart

GROUP = Group("C", "Where ids come from", (restart.SCENARIO,))
