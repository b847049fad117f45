"""Finds the gateway's two interfaces by their addresses: their order and names differ from start to start."""

import json
import socket
import time
from ipaddress import ip_address

from nat.command import GatewayError, run

ADDRESS_CHANGES = 0x10 | 0x100
"""The groups RTMGRP_IPV4_IFADDR and RTMGRP_IPV6_IFADDR of linux/rtnetlink.h."""


def addresses(listing: str) -> dict[str, str]:
    """Which interface has which address: the output of `ip -json address` as {address: interface}."""
    return {
        str(ip_address(address["local"])): interface["ifname"]
        for interface in json.loads(listing)
        for address in interface.get("addr_info", ())
        if "local" in address
    }


def find(wanted: dict[str, str], seconds: float = 0.0) -> dict[str, str]:
    """The interface of each wanted address, as {variable: interface} for {variable: address}.

    Waits up to `seconds` for addresses that are still to come: the kernel reports each change, nothing is polled.
    GatewayError where one is not there in time.
    """
    deadline = time.monotonic() + seconds
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as changes:
        changes.bind((0, ADDRESS_CHANGES))
        while True:
            present = addresses(run("ip", "-json", "address"))
            missing = [name for name, address in wanted.items() if address not in present]
            if not missing:
                return {name: present[address] for name, address in wanted.items()}
            left = deadline - time.monotonic()
            if left <= 0:
                raise GatewayError(_absent(missing[0], wanted[missing[0]], present, seconds))
            changes.settimeout(left)
            try:
                changes.recv(65536)
            except TimeoutError:
                continue


def _absent(name: str, address: str, present: dict[str, str], seconds: float) -> str:
    there = ", ".join(f"{address} on {interface}" for address, interface in present.items()) or "none"
    after = f" after {seconds:g} s" if seconds else ""
    return (
        f"{name}={address}: no interface has this address{after} (there are: {there}); "
        f"attach the machine to that network or correct {name}"
    )


def ready(interface: str, extra: tuple[str, ...], uplink: str = "") -> None:
    """Gives the interface the extra public addresses, each for itself (/32 or /128), and removes the default routes.

    An engine may have given this machine a way out; a gateway of the lab leads to the lab and nowhere else. Where another
    gateway comes next (`uplink`), all the rest goes there.
    """
    lines = [f"address replace {each}/{ip_address(each).max_prefixlen} dev {interface}" for each in extra]
    run("ip", "-batch", "-", stdin="\n".join((*lines, "route flush exact default")))
    run("ip", "-6", "route", "flush", "exact", "default")
    if uplink:
        run("ip", "route", "add", "default", "via", uplink)
