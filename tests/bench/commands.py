"""Benchmarks of whole commands on the netns engine, Python's start and all: what a user waits for."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

from .measure import LAB, LONGEST, Bench, Row, Sample, clock, run

NETNS = {"ENGINE": "netns"}
URL = "http://server.lab.test:8001/"


def first_answer() -> Mapping[str, Sample]:
    """`cookielab up`, then one client's curl through the NAT; the CPU time is that of the lab's whole life."""
    with clock() as life:
        try:
            with clock() as whole:
                with clock() as up:
                    run((LAB, "up", "--capture", "off"), NETNS)
                run((LAB, "exec", "alice", "--", "curl", "-sS", "--max-time", "5", URL), NETNS)
        finally:
            run((LAB, "down"), NETNS)
    return {"up": Sample(up.value), "answer": Sample(whole.value, life.cpu)}


def play(*words: str, engine: str = "netns", seconds: float = LONGEST) -> Sample:
    """One `cookielab run`. What it recorded is removed, for it is nobody's evidence."""
    with clock() as sample:
        said = run((LAB, "run", *words, "--json"), {"ENGINE": engine}, seconds)
    shutil.rmtree(Path(json.loads(said)["evidence"]))
    return sample


BENCHES = (
    Bench(
        "first-answer",
        "`cookielab up --capture off` of compose/lab.yaml, then `cookielab exec alice -- curl` of the server: two "
        "commands, two starts of Python; CPU time: up, exec, down and all that ran in the lab",
        {
            "up": Row("netns: up, all hosts healthy, capture off"),
            "answer": Row("netns: command start to first answer", limit=0.6),
        },
        9,
        first_answer,
    ),
    Bench(
        "scenario-nat",
        "`cookielab run nat --capture mitm --json`: lab up with mitmweb, three plays, judged, lab down",
        {"run": Row("netns: scenario nat, capture mitm", limit=6)},
        5,
        lambda: {"run": play("nat", "--capture", "mitm")},
    ),
)
