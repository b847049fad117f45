"""Makes the plan of a lab real: a bridge for each network, a network namespace for each host, and the cables."""

import os
from contextlib import suppress
from itertools import count
from typing import Any

from . import netlink

CURRENT = "/proc/self/ns/net"
_BRIDGES, _CABLES, _LEGS = 100, 10_000, 100
"""First interface numbers of each sort; in a host 2 to 10 may belong to tunnel devices that the kernel brings along."""
FORWARDING = ("net.ipv4.ip_forward", "net.ipv4.conf.all.forwarding")


def interface(name: str, number: int) -> str:
    """A name for an interface that is as much of `name` as Linux allows (15 characters), and unique."""
    return name if len(name) <= 15 else f"{name[:11]}.{number}"


class Wires:
    """What is built of a lab, around the namespace of the caller, which holds the bridges. It grows and shrinks with the lab.

    `places`: an open descriptor of each host's namespace; with it the namespace ends.
    """

    def __init__(self) -> None:
        self.places: dict[str, int] = {}
        self._bridges: dict[str, int] = {}
        self._cables: dict[str, list[int]] = {}
        self._next_bridge, self._next_cable = count(_BRIDGES), count(_CABLES)
        with suppress(FileNotFoundError):  # a kernel without IPv6
            settings({"net.ipv6.conf.default.disable_ipv6": "1"})  # the bridges are switches and have no address

    def add(self, networks: list[str], hosts: list[dict[str, Any]], shares: dict[str, str]) -> None:
        """Builds networks and hosts; where that fails they may be there in part, and `remove` takes what there is.

        A host is {name, legs: [{network, address, prefix}], gateway, sysctls}; `shares` names the owner of a host's
        stack. Raises WireError or OSError that names the host.
        """
        outside = os.open(CURRENT, os.O_RDONLY)
        with netlink.Netlink() as lab:
            self._bridges |= (new := {name: next(self._next_bridge) for name in networks})
            lab.apply(*(netlink.bridge(index, interface(name, index)) for name, index in new.items()))
            try:
                for host in hosts:
                    self._host(host, lab)
            finally:
                os.setns(outside, os.CLONE_NEWNET)
                os.close(outside)
        self.places |= {name: self.places[owner] for name, owner in shares.items()}

    def remove(self, networks: list[str], hosts: list[str]) -> None:
        """Takes away those of these networks and hosts that are there. Processes at them must have ended."""
        with netlink.Netlink() as lab:
            for name in hosts:
                place = self.places.pop(name, None)
                cables = self._cables.pop(name, None)
                if cables is None:  # it has the stack of another one
                    continue
                for index in cables:
                    with suppress(netlink.WireError):  # it was never laid
                        lab.apply(netlink.removal(index))
                if place is not None:
                    os.close(place)
            for index in (self._bridges.pop(name) for name in networks if name in self._bridges):
                with suppress(netlink.WireError):
                    lab.apply(netlink.removal(index))

    def _host(self, host: dict[str, Any], lab: netlink.Netlink) -> None:
        os.unshare(os.CLONE_NEWNET)
        place = self.places[host["name"]] = os.open(CURRENT, os.O_RDONLY)
        legs = list(enumerate(host["legs"], start=_LEGS))
        cables = self._cables[host["name"]] = [next(self._next_cable) for _ in legs]
        try:
            with netlink.Netlink() as here:
                lab.apply(
                    *(
                        netlink.veth(
                            cable,
                            self._bridges[leg["network"]],
                            peer=index,
                            name=interface(leg["network"], index),
                            address=leg["address"],
                            namespace=place,
                        )
                        for cable, (index, leg) in zip(cables, legs, strict=True)
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


def settings(values: dict[str, str]) -> None:
    """Writes sysctls of the namespace that the caller is in; OSError that names the one that fails."""
    for key, value in values.items():
        try:
            with open(f"/proc/sys/{key.replace('.', '/')}", "w") as file:  # noqa: PTH123 - pathlib costs 10 ms of start
                file.write(value)
        except OSError as error:
            raise OSError(error.errno, f"sysctl {key}={value}: {error.strerror}") from None
