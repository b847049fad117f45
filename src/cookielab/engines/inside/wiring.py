"""Makes the plan of a lab real: a bridge for each network, a network namespace for each host, and the cables."""

import os
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from . import netlink

CURRENT = "/proc/self/ns/net"
_BRIDGES, _CABLES, _LEGS = 100, 10_000, 100
"""First interface numbers of each sort; in a host 2 to 10 may belong to tunnel devices that the kernel brings along."""
FORWARDING = ("net.ipv4.ip_forward", "net.ipv4.conf.all.forwarding")


def interface(name: str, number: int) -> str:
    """A name for an interface that is as much of `name` as Linux allows (15 characters), and unique."""
    return name if len(name) <= 15 else f"{name[:11]}.{number}"


def wire(networks: list[str], hosts: list[dict[str, Any]]) -> dict[str, int]:
    """Builds networks and hosts around the namespace of the caller, which holds the bridges.

    A host is {name, legs: [{network, address, prefix}], gateway, sysctls}. Gives an open descriptor of each host's
    namespace: with it the namespace ends. Raises WireError or OSError that names the host.
    """
    with suppress(FileNotFoundError):  # a kernel without IPv6
        settings({"net.ipv6.conf.default.disable_ipv6": "1"})  # the bridges are switches and have no address
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
            forwarding = any(host["sysctls"].get(key) == "1" for key in FORWARDING)
            quiet = (netlink.settings(index, forwarding=forwarding) for index, _ in legs)
            up = (netlink.switch_on(index) for index in (netlink.LOOPBACK, *(index for index, _ in legs)))
            addresses = [netlink.address(index, leg["address"], leg["prefix"]) for index, leg in legs]
            six = ((index, leg["address"]) for index, leg in legs if ":" in leg["address"])
            addresses += [netlink.address(index, netlink.link_local(address), 64) for index, address in six]
            here.apply(*quiet, *up, *addresses, *route)
        settings(host["sysctls"])
    except (netlink.WireError, OSError) as error:
        raise netlink.WireError(f"host {host['name']}: {error}") from None
    return place


def settings(values: dict[str, str]) -> None:
    """Writes sysctls of the namespace that the caller is in; OSError that names the one that fails."""
    for key, value in values.items():
        try:
            with open(f"/proc/sys/{key.replace('.', '/')}", "w") as file:  # noqa: PTH123 - pathlib costs 10 ms of start
                file.write(value)
        except OSError as error:
            raise OSError(error.errno, f"sysctl {key}={value}: {error.strerror}") from None
