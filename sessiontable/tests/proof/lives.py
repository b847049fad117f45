"""How often the proofs try: in the suite so that it stays short, with `make proof-sessions` for minutes."""

import os
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, Phase, Verbosity, settings
from hypothesis.stateful import run_state_machine_as_test

from .faults import Fault
from .machine import Machine
from .places import Place

LONG = bool(os.environ.get("PROOF_LONG"))
STEPS = 40


def lead_lives(place: Place, face: str, fault: Fault, run: Callable[[Any], Any], examples: int) -> None:
    """So many lives; the same ones each time, unless the proof is a long one. Raises Broken."""
    run_state_machine_as_test(
        lambda: Machine(place, face, fault, run),  # type: ignore[arg-type]  # any callable will do
        settings=settings(
            max_examples=examples,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize=not LONG or fault.name != "none",
            database=None,
            report_multiple_bugs=False,
            verbosity=Verbosity.quiet if fault.name != "none" else Verbosity.normal,
            phases=[Phase.generate] if fault.name != "none" else [Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        ),
    )
