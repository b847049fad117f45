"""The wrong key: see README.md."""

from cookielab.stage import Group

from . import (
    address_each_connection,
    address_pin,
    connection_identity,
    fingerprint,
    forged_pin,
    forwarded_header,
    neighbour_lockout,
    proxy_protocol,
)

GROUP = Group(
    "A",
    "The wrong key",
    (
        fingerprint.SCENARIO,
        address_pin.SCENARIO,
        forwarded_header.SCENARIO,
        address_each_connection.SCENARIO,
        forged_pin.SCENARIO,
        neighbour_lockout.SCENARIO,
        connection_identity.SCENARIO,
        proxy_protocol.SCENARIO,
    ),
)
