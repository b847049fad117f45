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
    for host in lab.topology.hosts.values():
        addresses = ", ".join(f"{leg.network} {leg.address}" for leg in host.legs)
        if addresses:
            print(f"  {host.name:15} {addresses}")
    if lab.record.capture == "mitm":
        print(f"mitmweb   {lab.mitmweb()}\n          password {lab.record.password}")
    server = next((p for p in lab.topology.host("server").published), None)
    if server:
        print(f"sessions  {labs.STORES[lab.record.store]} (store {lab.record.store})")
        print(f"server    http://{server.host_address}:{server.host_port}/ from this machine (not through the NAT)")
    print("try       cookielab exec alice -- curl -i http://server.lab.test:8001/")
    return 0
