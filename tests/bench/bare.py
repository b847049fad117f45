"""Benchmark of the docker engine beside a bare `docker compose up` of the same file, in turn, images built beforehand."""

from collections.abc import Mapping
from itertools import cycle

from cookielab.engines import choice
from cookielab.topology import composefile

from .measure import LAB, ROOT, Bench, Row, Sample, clock, run

FILE = composefile.DEFAULT
DOCKER = {"ENGINE": "docker", "CAPTURE": "mitm"}
BARE = {"LAB_CAPTURE": "mitm"}
COMPOSE = ("docker", "compose", "--file", str(FILE))


def lack() -> str:
    """Why Docker cannot be used, with the remedy."""
    engine = choice.build("docker")(composefile.load(ROOT / FILE), ROOT)
    return "; ".join(f"{lack.what}: {lack.remedy}" for lack in engine.lacks())


def ours() -> Sample:
    """`cookielab up`, whole."""
    try:
        with clock() as sample:
            run((LAB, "up"), DOCKER)
    finally:
        run((LAB, "down"), DOCKER)
    return Sample(sample.value)


def bare() -> Sample:
    """Compose by itself with the same variables, and so the same names, ranges and ports."""
    try:
        with clock() as sample:
            run((*COMPOSE, "up", "--detach", "--wait"), BARE)
    finally:
        run((*COMPOSE, "down", "--volumes", "--timeout", "1"), BARE)
    return Sample(sample.value)


TURNS = cycle(((ours, bare), (bare, ours)))


def measure() -> Mapping[str, Sample]:
    """Both once, another one first each time: Docker and the kernel still tidy up when the second one begins."""
    samples = {way.__name__: way() for way in next(TURNS)}
    return {**samples, "ratio": Sample(samples["ours"].value / samples["bare"].value)}


BENCHES = (
    Bench(
        "docker",
        "`cookielab up --capture mitm` and `docker compose -f compose/lab.yaml up -d --wait`, whole commands, images "
        "built; each goes down again outside the clock",
        {
            "ours": Row("Docker: lab-up"),
            "bare": Row("Docker: bare docker compose up -d --wait"),
            "ratio": Row("Docker: the first by the second", "x", limit=1.3),
        },
        6,
        measure,
        lack,
        prepare=ours,
    ),
)
