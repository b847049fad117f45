"""A check as SARIF 2.1.0, which code hosts show beside the line: the rule is the invariant in its scenario.

Physical place: the line of the profile (or of a test) that says how the step is done which proves it. Logical place: the
request. What could not be judged is no result but a notification: a result would be an alert about the user's code.
"""

import hashlib
import json
import re
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


def document(outcome: Outcome) -> str:
    """All of it, pure ASCII."""
    cases = [case for case in outcome.cases() if case.invariant]
    rules = list({case.id: case for case in cases}.values())
    index = {rule.id: number for number, rule in enumerate(rules)}
    unknown = [case for case in outcome.cases() if case.state in LEVELS]
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
                "executionSuccessful": outcome.exit_code in (0, 1),
                "exitCode": outcome.exit_code,
                "toolExecutionNotifications": [_notification(case, index) for case in unknown],
            }
        ],
        "columnKind": "utf16CodeUnits",
        "properties": outcome.facts(),
        "results": [_result(case, index, outcome) for case in cases if case.state in ("broken", "accepted")],
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


def _result(case: Case, index: dict[str, int], outcome: Outcome) -> dict[str, Any]:
    known = hashlib.sha256(f"{outcome.subject}\0{case.id}".encode()).hexdigest()
    place: dict[str, Any] = {}
    if found := outcome.where(case.verb):
        place["physicalLocation"] = _physical(*found)
    if case.request:
        place["logicalLocations"] = [{"fullyQualifiedName": case.request, "kind": "resource"}]
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
