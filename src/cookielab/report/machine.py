"""Results as JSON, for machines."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..judging.result import Result

if TYPE_CHECKING:
    from ..lab.state import Lab


def document(lab: "Lab", results: Sequence[Result], folder: Path) -> str:
    """A run: where it ran, each play with its verdicts, whether every expectation was met."""
    return json.dumps(
        {
            "run": folder.name,
            "engine": lab.engine.name,
            "lab": lab.record.name,
            "store": lab.record.store,
            "evidence": str(folder),
            "met": all(result.met for result in results),
            "plays": [_play(result) for result in results],
        },
        indent=1,
    )


def result(play: Result) -> str:
    """One play."""
    return json.dumps(_play(play), indent=1)


def results(plays: Sequence[Result]) -> str:
    """Several of them, a list."""
    return json.dumps([_play(play) for play in plays], indent=1)


def _play(play: Result) -> dict[str, Any]:
    return {
        "scenario": play.scenario,
        "handler": play.handler,
        "verdict": play.verdict,
        "expected": play.expected,
        "met": play.met,
        "findings": [asdict(finding) for finding in play.findings],
        "history": str(play.folder / "history.jsonl"),
    }
