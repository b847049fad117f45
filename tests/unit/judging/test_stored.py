"""Histories that were recorded before the judge learnt of servers that it does not know: its findings stay what they were."""

import json
import lzma
from collections.abc import Iterator
from pathlib import Path

import pytest

from cookielab.judging.history import read
from cookielab.judging.judge import judge

STORED = Path(__file__).with_name("stored")


def plays() -> Iterator[tuple[str, str, dict[str, object]]]:
    for file in sorted(STORED.glob("*.json.xz")):
        for handler, play in json.loads(lzma.decompress(file.read_bytes())).items():
            yield file.name.partition(".")[0], handler, play


PLAYS = list(plays())


def test_all_thirty_six_plays_are_stored() -> None:
    assert len(PLAYS) == 36


@pytest.mark.parametrize(("scenario", "handler", "play"), PLAYS, ids=[f"{s}-{h}" for s, h, _ in PLAYS])
def test_the_findings_are_what_they_were(scenario: str, handler: str, play: dict[str, object], tmp_path: Path) -> None:
    """Whole sentences and their evidence."""
    path = tmp_path / "history.jsonl"
    path.write_text(str(play["history"]))
    found = [
        {"invariant": f.invariant, "verdict": f.verdict, "sentence": f.sentence, "evidence": list(f.evidence)}
        for f in judge(read(path))
    ]
    assert found == play["findings"]
