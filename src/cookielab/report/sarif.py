"""A check, or a suite of tests, as SARIF 2.1.0, which code hosts show beside the line: the rule is the invariant in its scenario.

Physical place: the line of the profile (or of a test) that says how the step is done which proves it. Logical place: the
request. What could not be judged is no result but a notification: a result would be an alert about the user's code.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from .. import __version__
from .outcome import Case, Outcome, relative

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
LEVELS = {"unknown": "warning", "stopped": "error"}
"""Of notifications, by the state of a case."""
_MEANS_SOMETHING = re.compile(r"[\\\[\]]")
_PLACEHOLDER = re.compile(r"\{(\d+)\}")


@dataclass(frozen=True, slots=True)
class Placed:
    """A case with its place. `owner`: whose it is, the subject or the test, so that it is known again in the next run.

    `test`: the name of the test that has shown it, where one has.
    """

    case: Case
    owner: str
    place: tuple[Path, int] | None
    test: str = ""


def document(outcome: Outcome) -> str:
    """All of a check."""
    placed = [Placed(case, outcome.subject, outcome.where(case.verb)) for case in outcome.cases()]
    return written(placed, outcome.exit_code, outcome.facts())


def written(placed: Sequence[Placed], exit_code: int, facts: Mapping[str, str]) -> str:
    """The document, pure ASCII. `facts`: what is needed to do it again."""
    results = [each for each in placed if each.case.invariant]
    rules = list({each.case.id: each.case for each in results}.values())
    index = {rule.id: number for number, rule in enumerate(rules)}
    unknown = [each.case for each in placed if each.case.state in LEVELS]
    run = {
        "tool": {
            "driver": {
                "name": "Cookie Lab",
                "semanticVersion": __version__,
                "rules": [_rule(case) for case in rules],
            }
        },
        "invocations": [
            {
                "executionSuccessful": exit_code in (0, 1),
                "exitCode": exit_code,
                "toolExecutionNotifications": [_notification(case, index) for case in unknown],
            }
        ],
        "columnKind": "utf16CodeUnits",
        "properties": dict(facts),
        "results": [_result(each, index) for each in results if each.case.state in ("broken", "accepted")],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1) + "\n"


def _rule(case: Case) -> dict[str, Any]:
    rule: dict[str, Any] = {
        "id": case.id,
        "shortDescription": {"text": message(f"{case.invariant}: {case.title or case.scenario}")},
        "defaultConfiguration": {"level": "error"},
    }
    if case.remedy:
        rule["help"] = {"text": message(case.remedy)}
    return rule


def _result(placed: Placed, index: dict[str, int]) -> dict[str, Any]:
    case = placed.case
    known = hashlib.sha256(f"{placed.owner}\0{case.id}".encode()).hexdigest()
    place: dict[str, Any] = {}
    if placed.place:
        place["physicalLocation"] = _physical(*placed.place)
    logical = [(case.request, "resource"), (placed.test, "function")]
    if named := [{"fullyQualifiedName": name, "kind": kind} for name, kind in logical if name]:
        place["logicalLocations"] = named
    result: dict[str, Any] = {
        "ruleId": case.id,
        "ruleIndex": index[case.id],
        "level": "error",
        "message": {"text": message("\n".join([case.sentence, *case.evidence]))},
        "partialFingerprints": {"cookielab/v1": known},
    }
    if place:
        result["locations"] = [place]
    if case.reason:
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": case.reason}]
    return result


def _notification(case: Case, index: dict[str, int]) -> dict[str, Any]:
    notification: dict[str, Any] = {
        "level": LEVELS[case.state],
        "message": {"text": message(f"{case.id}: {case.sentence}")},
    }
    if case.id in index:
        notification["associatedRule"] = {"id": case.id, "index": index[case.id]}
    return notification


def _physical(file: Path, line: int) -> dict[str, Any]:
    name = relative(file)
    place = {"uri": quote(name), "uriBaseId": "%SRCROOT%"} if not name.startswith("/") else {"uri": file.as_uri()}
    return {"artifactLocation": place, "region": {"startLine": line}}


def message(text: str) -> str:
    """Text in which nothing is a link or a placeholder (SARIF 2.1.0, 3.11.5 and 3.11.6)."""
    return _PLACEHOLDER.sub(r"{{\1}}", _MEANS_SOMETHING.sub(lambda match: f"\\{match[0]}", text))
