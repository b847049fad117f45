"""The Cookie header: see README.md."""

from cookielab.stage import Group

from . import (
    case_and_nameless,
    duplicates,
    malformed_neighbour,
    oversize,
    port_overwrite,
    port_planting,
    split_header,
    substring,
)

GROUP = Group(
    "B",
    "The Cookie header",
    (
        malformed_neighbour.SCENARIO,
        substring.SCENARIO,
        duplicates.SCENARIO,
        port_overwrite.SCENARIO,
        port_planting.SCENARIO,
        split_header.SCENARIO,
        oversize.SCENARIO,
        case_and_nameless.SCENARIO,
    ),
)
