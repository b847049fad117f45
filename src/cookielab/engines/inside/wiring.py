"""Makes the plan of a lab real: a bridge for each network, a network namespace for each host, and the cables."""

import os
from collections.abc import Iterator
from typing import Any

from . import netlink

CURRENT = "/proc/self/ns/net"
_BRIDGES, _CABLES, _LEGS = 100, 10_000, 100
"""First interface numbers of each sort; in a host 2 to 10 may belong to tunnel devices that the kernel brings along."""

DEFAULTS = {
    "net.ipv4.ip_forward": "0",  # a new namespace copies the machine's value, and with it a client would be a router
    "net.ipv4.ip_unprivileged_port_start": "0",  # this and the next as in a container
    "net.ipv4.ping_group_range": "0 0",
}
_NO_IPV6 = {"net.ipv6.conf.default.disable_ipv6": "1"}
"""Where no leg speaks IPv6: otherwise each host announces itself to all others, a million packets for 1,000 hosts."""


def interface(name: str, number: int) -> str:
    """A name for an interface that is as much of `name` as Linux allows (15 characters), and unique."""
    return name if len(name) <= 15 else f"{name[:11]}.{number}"


def wire(networks: list[str], hosts: list[dict[str, Any]]) -> dict[str, int]:
    """Builds networks and hosts around the namespace of the caller, which holds the bridges.

    A host is {name, legs: [{network, address, prefix}], gateway, sysctls}. Gives an open descriptor of each host's
    namespace: with it the namespace ends. Raises WireError or OSError that names the host.
    """
    _set(_NO_IPV6)
    bridges = {name: _BRIDGES + number for number, name in enumerate(networks)}
    cables = iter(range(_CABLES, 1 << 20))
    outside = os.open(CURRENT, os.O_RDONLY)
    places: dict[str, int] = {}
    with netlink.Netlink() as lab:
        lab.apply(*(netlink.bridge(index, interface(name, index)) for name, index in bridges.items()))
        try:
            for host in hosts:
                places[host["name"]] = _host(host, lab, bridges, cables)
        finally:
            os.setns(outside, os.CLONE_NEWNET)
            os.close(outside)
    return places


def _host(host: dict[str, Any], lab: netlink.Netlink, bridges: dict[str, int], cables: Iterator[int]) -> int:
    os.unshare(os.CLONE_NEWNET)
    place = os.open(CURRENT, os.O_RDONLY)
    legs = list(enumerate(host["legs"], start=_LEGS))
    try:
        _set(DEFAULTS if any(":" in leg["address"] for _, leg in legs) else DEFAULTS | _NO_IPV6)
        with netlink.Netlink() as here:
            lab.apply(
                *(
                    netlink.veth(
                        next(cables),
                        bridges[leg["network"]],
                        peer=index,
                        name=interface(leg["network"], index),
                        address=leg["address"],
                        namespace=place,
                    )
                    for index, leg in legs
                )
            )
            route = [netlink.default_route(host["gateway"])] if host["gateway"] else []
            up = (netlink.switch_on(index) for index in (netlink.LOOPBACK, *(index for index, _ in legs)))
            addresses = (netlink.address(index, leg["address"], leg["prefix"]) for index, leg in legs)
            here.apply(*up, *addresses, *route)
        _set(host["sysctls"], must=True)
    except (netlink.WireError, OSError) as error:
        raise netlink.WireError(f"host {host['name']}: {error}") from None
    return place


def _set(values: dict[str, str], *, must: bool = False) -> None:
    """Writes sysctls of the current namespace; one that this kernel lacks is an error only if it was asked for."""
    for key, value in values.items():
        try:
            with open(f"/proc/sys/{key.replace('.', '/')}", "w") as file:  # noqa: PTH123 - pathlib costs 10 ms of start
                file.write(value)
        except FileNotFoundError:
            if must:
                raise
        except OSError as error:
            raise OSError(error.errno, f"sysctl {key}={value}: {error.strerror}") from None
