"""A check as Markdown, for a page of a code host: the verdict, a row a scenario, what is broken with its proof."""

import os
import re
from pathlib import Path

from .check import sentence
from .outcome import Case, Outcome
from .plain import plain

SUMMARY = "GITHUB_STEP_SUMMARY"
"""The variable that names the file whose text GitHub shows with a job."""
LONGEST = 900_000
"""Bytes that a summary may have; GitHub takes none of one beyond 1 MiB."""
MARKS = {
    "holds": "✅",
    "broken": "❌",
    "unknown": "❔",
    "accepted": "⚪",
    "told": "👁️",
    "left out": "⚪",
    "stopped": "⛔",
}
_SPECIAL = re.compile(r"[\\`*_{}\[\]()<>#!|~&$@]|:(?!\s)|(?<=www)\.|^\s*(?:\d+[.)]|[-+=])")
_CALLS = "@#"
"""A comment is put behind these: code hosts look for mentions and numbers of issues in what is shown."""


def document(outcome: Outcome) -> str:
    """All of it, ending with a line's end."""
    cases = outcome.cases()
    lines = [f"## Cookie Lab: {escaped(outcome.name)}", "", f"**{outcome.verdict}**", ""]
    if outcome.stopped:
        lines += [*_code(tuple(cases[-1].sentence.split("\n"))), ""]
    if outcome.flight or outcome.rows:
        lines += ["| | scenario | verdict | proof |", "| --- | --- | --- | --- |"]
    for case in (case for case in cases if case.scenario == "preflight"):
        lines.append(_row(case.state, "preflight", case.sentence if not case.reason else case.reason))
    for row in outcome.rows:
        if row.state != "left out":
            lines.append(_row(row.state, row.scenario.id, plain(sentence(row))))
    left = [row for row in outcome.rows if row.state == "left out"]
    if left:
        lines += ["", "<details><summary>not applicable</summary>", ""]
        lines += [f"- `{row.scenario.id}`: {escaped(row.why)}" for row in left] + ["", "</details>"]
    for case in cases:
        if case.state == "broken":
            lines += _broken(case)
    if told := dict.fromkeys(text for case in cases for text in case.told):
        lines += ["", "### Observed, not judged", "", *(f"- {escaped(text)}" for text in told)]
    if outcome.counted.told:
        lines += ["", "### Baseline", "", *(f"- {escaped(text)}" for text in outcome.counted.told)]
    facts = ", ".join(f"{name} {escaped(value)}" for name, value in outcome.facts().items())
    return "\n".join([*lines, "", f"<sub>{facts}</sub>", ""])


def _row(state: str, name: str, proof: str) -> str:
    return f"| {MARKS[state]} | `{name}` | {state} | {escaped(proof)} |"


def _broken(case: Case) -> list[str]:
    remedy = [f"Remedy: {escaped(case.remedy)}.", ""] if case.remedy else []
    return ["", f"### ❌ {case.id}", "", f"{escaped(case.sentence)}", "", *remedy, *_code(case.evidence)]


def _code(lines: tuple[str, ...]) -> list[str]:
    """As a block, whose fence is longer than any that may stand in it."""
    longest = max((len(run) for line in lines for run in re.findall("`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    return [fence, *lines, fence]


def escaped(text: str) -> str:
    """Text that means nothing to Markdown or HTML, mentions nobody and links nowhere."""
    return _SPECIAL.sub(lambda match: "".join(map(_spelt, match[0])), text)


def _spelt(letter: str) -> str:
    if letter.isalnum() or letter.isspace():
        return letter
    return f"&#{ord(letter)};{'<!-- -->' if letter in _CALLS else ''}"


def summarise(outcome: Outcome) -> None:
    """Appends it to the file that GitHub shows with the job; nothing happens anywhere else."""
    if name := os.environ.get(SUMMARY):
        with Path(name).open("a", encoding="utf-8") as file:
            file.write(_short(document(outcome)))


def _short(text: str) -> str:
    if len(text.encode()) <= LONGEST:
        return text
    return text.encode()[:LONGEST].decode(errors="ignore") + "\n\n(cut here; the whole is among the results)\n"
