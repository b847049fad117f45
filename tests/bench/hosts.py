"""Benchmark of hosts alone on the netns engine: many clients, no process in any of them."""

import os
import tempfile
import time
from collections.abc import Iterator, Mapping
from functools import cache
from ipaddress import ip_network
from pathlib import Path

from cookielab.engines.netns import NetnsEngine
from cookielab.topology.records import Address, Host, Leg, Network, Topology

from .measure import ROOT, Bench, Row, Sample, clock

FEW, MANY = 100, 1000
KERNEL = ("Slab", "Percpu")
SETTLE, STILL = 20.0, 16.0
"""Seconds to wait at most for the kernel to tidy up, and how many MiB more than at first count as tidied up."""


def topology(count: int) -> Topology:
    """So many clients on one network, a /16, each with the way out that it would have behind a gateway."""
    network = Network("home", ip_network("10.150.0.0/16"))
    addresses: Iterator[Address] = iter(network.subnet.hosts())
    gateway = str(next(addresses))
    clients = (Host(f"client{number}", (Leg("home", next(addresses)),), environment={"GATEWAY": gateway})
               for number in range(1, count + 1))  # fmt: skip
    return Topology(f"bench-{os.getpid()}", {"home": network}, {host.name: host for host in clients}, ROOT)


def memory(*fields: str) -> float:
    """MiB that these fields of /proc/meminfo give together."""
    lines = (line.split() for line in Path("/proc/meminfo").read_text().splitlines())
    return sum(int(words[1]) for words in lines if words[0].rstrip(":") in fields) / 1024


@cache
def at_first() -> float:
    """MiB that the kernel could not give back when the benchmark began."""
    return memory("SUnreclaim")


def settle() -> None:
    """Waits until the kernel has given back what the lab before had: it does so when it likes, seconds later."""
    end = time.monotonic() + SETTLE
    while memory("SUnreclaim") > at_first() + STILL and time.monotonic() < end:
        time.sleep(0.1)


def up(count: int) -> tuple[Sample, float, float]:
    """The time until so many clients are there, with the CPU time, and two measures of the MiB that each takes."""
    settle()
    with tempfile.TemporaryDirectory() as folder, clock() as life:
        engine = NetnsEngine(topology(count), Path(folder))
        available, kernel = memory("MemAvailable"), memory(*KERNEL)
        try:
            with clock() as sample:
                engine.up()
            available, kernel = available - memory("MemAvailable"), memory(*KERNEL) - kernel
        finally:
            engine.down()
    return Sample(sample.value, life.cpu), available / count, kernel / count


def measure() -> Mapping[str, Sample]:
    """A lab of one client is what a lab costs before its clients; then comes what each further one costs."""
    (one, *_), (few, *_), (many, available, kernel) = up(1), up(FEW), up(MANY)
    first, later = per_host(few, one, FEW - 1), per_host(many, few, MANY - FEW)
    return {
        "one": one,
        "few": few,
        "many": many,
        "first": Sample(first),
        "later": Sample(later),
        "flat": Sample(later / first),
        "memory": Sample(available),
        "kernel": Sample(kernel),
    }


def per_host(more: Sample, less: Sample, hosts: int) -> float:
    """Milliseconds of CPU time that each host costs by which one lab is larger; of other programs it knows nothing."""
    return ((more.cpu or 0) - (less.cpu or 0)) / hosts * 1000


BENCHES = (
    Bench(
        "hosts",
        "engine.up in this process, without Python's start, of clients without a command on one /16; CPU time: up, down "
        "and the lab's process; memory: what /proc/meminfo of the whole machine shows after 1,000 clients against before, "
        "so other programs disturb it: the loss of MemAvailable, and the growth of the kernel's own Slab and Percpu",
        {
            "one": Row("netns: 1 client host"),
            "few": Row(f"netns: {FEW} client hosts", limit=0.6),
            "many": Row(f"netns: {MANY:,} client hosts", limit=6),
            "first": Row(f"netns: CPU time per host, the first {FEW}", "ms"),
            "later": Row(f"netns: CPU time per host, from {FEW} to {MANY:,}", "ms"),
            "flat": Row("netns: the second by the first (flat is 1)", "x", limit=1.25),
            "memory": Row("netns: memory per idle client host", "MiB", limit=1),
            "kernel": Row("netns: of that, the kernel's Slab and Percpu", "MiB", limit=1),
        },
        5,
        measure,
    ),
)
