"""A check as JUnit XML, which CI systems show as tests: a case for each invariant of each scenario."""

from collections.abc import Sequence
from xml.etree import ElementTree as ET

from .outcome import Case, Outcome, relative

SKIPPED = {"unknown", "accepted", "left out"}
"""What is no failure, and no success either."""


def document(outcome: Outcome) -> str:
    """All of it. What a server has said holds no letter that XML forbids: `plain` has spelt those out."""
    cases = outcome.cases()
    counts = {
        "tests": len(cases),
        "failures": sum(case.state == "broken" for case in cases),
        "errors": sum(case.state == "stopped" for case in cases),
        "skipped": sum(case.state in SKIPPED for case in cases),
    }
    numbers = {name: str(count) for name, count in counts.items()}
    top = ET.Element("testsuites", {"name": "cookielab", **numbers})
    suite = ET.SubElement(top, "testsuite", {"name": f"cookielab: {outcome.name}", **numbers})
    properties = ET.SubElement(suite, "properties")
    for name, value in outcome.facts().items():
        ET.SubElement(properties, "property", {"name": name, "value": value})
    for case in cases:
        _case(suite, case, outcome)
    ET.indent(top)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(top, encoding="unicode") + "\n"


def _case(suite: ET.Element, case: Case, outcome: Outcome) -> None:
    name = case.invariant or case.title or case.scenario
    element = ET.SubElement(suite, "testcase", {"classname": f"cookielab.{case.scenario}", "name": name})
    if place := outcome.where(case.verb):
        element.set("file", relative(place[0]))
        element.set("line", str(place[1]))
    if case.state == "broken":
        failure = ET.SubElement(element, "failure", {"type": case.invariant, "message": case.sentence})
        failure.text = _lines([case.sentence, *case.evidence, *([f"remedy: {case.remedy}"] if case.remedy else ())])
    elif case.state == "stopped":
        element.append(ET.Element("error", {"type": "stopped", "message": case.sentence.split("\n")[0]}))
        element[-1].text = case.sentence
    elif case.state in SKIPPED:
        why = f"{case.reason}: {case.sentence}" if case.reason else case.sentence
        ET.SubElement(element, "skipped", {"message": f"{case.state}: {why}"})
    if case.told:
        ET.SubElement(element, "system-out").text = _lines(["observed, not judged:", *case.told])


def _lines(texts: Sequence[str]) -> str:
    return "\n".join(texts)
