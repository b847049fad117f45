"""Benchmark of one small lab on two programs, in turn: this one and Mininet, as Debian packages it.

Five hosts, two bridges, NAT, an HTTP server, the first answer to a client: five.yaml for us, five_mininet.py for Mininet.
"""

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from .measure import Bench, Row, Sample, clock, run

HERE = Path(__file__).parent
PYTHON = "/usr/bin/python3"
"""The Python that Debian's package is for."""
APART = ("unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "--")
"""Mininet hangs beside Docker in the machine's own network namespace; in namespaces of its own nothing outlives it."""
PACKAGE = Path("/usr/lib/python3/dist-packages/mininet")


def lack() -> str:
    """Why Mininet cannot be used, with the remedy."""
    if not PACKAGE.is_dir() or not shutil.which("brctl"):
        return "Mininet is not installed: apt-get install --no-install-recommends mininet bridge-utils"
    return "" if os.geteuid() == 0 else "Mininet runs as root only"


def measure() -> Mapping[str, Sample]:
    """Each once. Whole commands; the second clock goes on until the lab is gone."""
    samples = {}
    for name, argv in (
        ("ours", (sys.executable, "-m", "tests.bench.five_netns")),
        ("mininet", (*APART, PYTHON, str(HERE / "five_mininet.py"))),
    ):
        with clock() as whole:
            answered = float(run(argv))
        samples[name] = Sample(answered, whole.cpu)
        samples[f"{name} whole"] = Sample(whole.value)
    return samples


BENCHES = (
    Bench(
        "mininet",
        "one process each, its Python's start included: five hosts, two bridges, NAT, `python3 -m http.server`, until "
        "a client's curl has its answer; then down",
        {
            "ours": Row("netns: five hosts to first answer"),
            "mininet": Row("Mininet: the same"),
            "ours whole": Row("netns: the same, and down again"),
            "mininet whole": Row("Mininet: the same, and down again"),
        },
        9,
        measure,
        lack,
    ),
)
