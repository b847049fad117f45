"""The wrong key: see README.md."""

from cookielab.stage import Group

from . import (
    address_each_connection,
    address_pin,
    cgnat,
    connection_identity,
    dual_stack,
    fingerprint,
    forged_pin,
    forwarded_header,
    neighbour_lockout,
    proxy_protocol,
    vpn,
)

GROUP = Group(
    "A",
    "The wrong key",
    (
        fingerprint.SCENARIO,
        address_pin.SCENARIO,
        forwarded_header.SCENARIO,
        address_each_connection.SCENARIO,
        cgnat.SCENARIO,
        dual_stack.SCENARIO,
        vpn.SCENARIO,
        forged_pin.SCENARIO,
        neighbour_lockout.SCENARIO,
        connection_identity.SCENARIO,
        proxy_protocol.SCENARIO,
    ),
)
