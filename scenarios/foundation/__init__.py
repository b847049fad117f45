"""The foundation: see README.md."""

from cookielab.stage import Group

from . import cycle, foreign_cookie, forged, nat, port_reuse, roam

GROUP = Group(
    "",
    "The foundation",
    (
        cycle.SCENARIO,
        nat.SCENARIO,
        port_reuse.SCENARIO,
        roam.SCENARIO,
        foreign_cookie.SCENARIO,
        forged.SCENARIO,
    ),
)
