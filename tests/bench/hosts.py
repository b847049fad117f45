"""Benchmark of hosts alone on the netns engine: many clients, no process in any of them."""

import os
import tempfile
from collections.abc import Iterator, Mapping
from ipaddress import ip_network
from pathlib import Path

from cookielab.engines.netns import NetnsEngine
from cookielab.topology import Address, Host, Leg, Network, Topology

from .measure import ROOT, Bench, Row, Sample, clock

FEW, MANY = 100, 1000


def topology(count: int) -> Topology:
    """So many clients on one network, a /16, each with the way out that it would have behind a gateway."""
    network = Network("home", ip_network("10.150.0.0/16"))
    addresses: Iterator[Address] = iter(network.subnet.hosts())
    gateway = str(next(addresses))
    clients = (Host(f"client{number}", (Leg("home", next(addresses)),), environment={"GATEWAY": gateway})
               for number in range(1, count + 1))  # fmt: skip
    return Topology(f"bench-{os.getpid()}", {"home": network}, {host.name: host for host in clients}, ROOT)


def available() -> int:
    """Bytes that the whole machine could still give out, by the kernel's own estimate."""
    for line in Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    raise ValueError("/proc/meminfo has no MemAvailable")


def up(count: int) -> tuple[Sample, float]:
    """The time until so many clients are there, with the CPU time, and the MiB that each takes from the machine."""
    with tempfile.TemporaryDirectory() as folder, clock() as life:
        engine = NetnsEngine(topology(count), Path(folder))
        before = available()
        try:
            with clock() as sample:
                engine.up()
            taken = before - available()
        finally:
            engine.down()
    return Sample(sample.value, life.cpu), taken / count / (1 << 20)


def measure() -> Mapping[str, Sample]:
    """A lab of one client is what a lab costs before its clients; then comes what each further one costs."""
    (one, _), (few, _), (many, memory) = up(1), up(FEW), up(MANY)
    first, later = per_host(few, one, FEW - 1), per_host(many, few, MANY - FEW)
    return {
        "one": one,
        "few": few,
        "many": many,
        "first": Sample(first),
        "later": Sample(later),
        "flat": Sample(later / first),
        "memory": Sample(memory),
    }


def per_host(more: Sample, less: Sample, hosts: int) -> float:
    """Milliseconds of CPU time that each host costs by which one lab is larger; of other programs it knows nothing."""
    return ((more.cpu or 0) - (less.cpu or 0)) / hosts * 1000


BENCHES = (
    Bench(
        "hosts",
        "engine.up in this process, without Python's start, of clients without a command on one /16; CPU time: up, down "
        "and the lab's process; memory: what MemAvailable of the whole machine loses by 1,000 clients (kernel, lab "
        "process, page cache), so other programs disturb it",
        {
            "one": Row("netns: 1 client host"),
            "few": Row(f"netns: {FEW} client hosts", limit=0.6),
            "many": Row(f"netns: {MANY:,} client hosts", limit=6),
            "first": Row(f"netns: CPU time per host, the first {FEW}", "ms"),
            "later": Row(f"netns: CPU time per host, from {FEW} to {MANY:,}", "ms"),
            "flat": Row("netns: the second by the first (flat is 1)", "x", limit=1.25),
            "memory": Row("netns: memory per idle client host", "MiB", limit=1),
        },
        5,
        measure,
    ),
)
