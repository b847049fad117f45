"""`cookielab up`: brings the lab up and leaves it up."""

import argparse
import sys

from ..lab import state as labs


def command(arguments: argparse.Namespace) -> int:
    lab = labs.prepare(wanted=arguments.engine, capture=arguments.capture, store=arguments.store or "memory")
    with labs.alone(lab.record.name):
        there = labs.find()
        if there and there.running():
            labs.insist(there, arguments.engine, arguments.store)
            print(
                f"the lab '{lab.record.name}' is up already, on {there.record.engine}, capture {there.record.capture}"
            )
            return describe(there)
        if there:
            for removed in labs.down(there):
                print(f"cleared from an earlier command: {removed}", file=sys.stderr)
        print(f"engine {lab.engine.name}: {lab.why}")
        sys.stdout.flush()
        try:
            labs.up(lab)
            return describe(lab)
        except KeyboardInterrupt:
            labs.down(lab)
            raise


def describe(lab: labs.Lab) -> int:
    """Prints the hosts, mitmweb's address and password, and what to try; gives the exit code 0."""
    from ..report.layout import console, row

    out = console()
    for host in lab.topology.hosts.values():
        addresses = ", ".join(f"{leg.network} {leg.address}" for leg in host.legs)
        if addresses:
            row(out, ("", 2), (host.name, 16), addresses)
    if lab.record.capture == "mitm":
        print(f"mitmweb   {lab.mitmweb()}\n          password {lab.record.password}")  # in one piece, to be copied
    server = next((p for p in lab.topology.host("server").published), None)
    if server:
        row(out, ("sessions  ", 10), f"{labs.STORES[lab.record.store]} (store {lab.record.store})")
        url = f"http://{server.host_address}:{server.host_port}/"
        row(out, ("server    ", 10), f"{url} from this machine (not through the NAT)")
    row(out, ("try       ", 10), "cookielab exec alice -- curl -i http://server.lab.test:8001/")
    return 0
