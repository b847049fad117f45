"""`--cookielab-sarif FILE`: what tests have found broken, for code hosts, at the lines of the tests."""

from typing import Any

import pytest

from tests.unit.report.test_formats import read

pytestmark = pytest.mark.netns

QUIET = ("-p", "no:anyio", "-p", "no:django", "-p", "no:playwright")
SUITE = """
import pytest, shop

@pytest.fixture
def cookielab_subject(request, buggy, mended):
    return mended if request.function.__name__ in ("test_holds", "test_undecided") else buggy

def test_holds(lab, alice, bob):
    alice.login()
    bob.login()
    alice.whoami()

def test_broken(lab, alice, bob):
    alice.login()
    bob.login()
    alice.whoami()

@pytest.mark.cookielab(judge=False)
def test_not_judged(lab, alice, bob):
    alice.login()
    bob.login()
    alice.whoami()

def test_played(lab):
    lab.play("nat")

def test_undecided(lab, carol, monkeypatch):
    monkeypatch.setitem(shop.PASSWORDS, "carol", "another")
    carol.login()
    carol.whoami()
"""


def lines(written: dict[str, Any]) -> list[tuple[str, str, int]]:
    """(rule, file, line) of each result."""
    places = [(each["ruleId"], each["locations"][0]["physicalLocation"]) for each in written["runs"][0]["results"]]
    return sorted(
        (rule, place["artifactLocation"]["uri"], place["region"]["startLine"])
        for rule, place in places
    )  # fmt: skip


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "two workers"])
def test_what_is_broken_stands_at_the_line_of_its_test(shop: pytest.Pytester, workers: tuple[str, ...]) -> None:
    """Valid SARIF; a scenario that was played is a rule of its own; what could not be judged is a notification."""
    shop.makeini("[pytest]")  # this folder is its root, whatever lies in those above
    shop.makepyfile(test_shop=SUITE)
    result = shop.runpytest_subprocess(*QUIET, "--cookielab-sarif", "new/report.sarif", *workers)
    result.assert_outcomes(passed=2, failed=3)
    written = read((shop.path / "new" / "report.sarif").read_text())
    found = lines(written)
    assert [each for each in found if each[0].startswith("test/")] == [
        ("test/isolation", "test_shop.py", 12),
        ("test/steadiness", "test_shop.py", 12),
    ]
    assert {(file, line) for rule, file, line in found if rule.startswith("nat/")} == {("test_shop.py", 23)}
    run = written["runs"][0]
    first = next(each for each in run["results"] if each["ruleId"] == "test/isolation")
    assert first["locations"][0]["logicalLocations"] == [
        {"fullyQualifiedName": "GET /", "kind": "resource"},
        {"fullyQualifiedName": "test_shop.py::test_broken", "kind": "function"},
    ]
    assert first["message"]["text"].startswith("alice, logged in as alice, was taken for bob")
    (invocation,) = run["invocations"]
    assert invocation["exitCode"] == 1
    told = [each["message"]["text"] for each in invocation["toolExecutionNotifications"]]
    assert [text.partition(":")[0] for text in told] == ["test/steadiness"]
    assert len({each["partialFingerprints"]["cookielab/v1"] for each in run["results"]}) == len(run["results"])


def test_a_suite_in_which_all_holds_writes_a_report_without_results(shop: pytest.Pytester) -> None:
    shop.makepyfile("def test_it(lab, alice):\n    alice.login()\n    alice.whoami()\n\ndef test_other():\n    pass\n")
    shop.runpytest_subprocess(*QUIET, "--cookielab-sarif", "report.sarif").assert_outcomes(passed=2)
    written = read((shop.path / "report.sarif").read_text())
    assert written["runs"][0]["results"] == []
    assert written["runs"][0]["invocations"][0]["exitCode"] == 0


def test_a_failed_preflight_is_a_notification(shop: pytest.Pytester) -> None:
    """It says nothing of the application, so it is no alert about it."""
    shop.makepyfile(
        "import conftest, pytest\nfrom cookielab.testing import Subject\n\n@pytest.fixture\ndef cookielab_subject():\n"
        "    return Subject.wsgi(conftest.MENDED, **conftest.HOW | {'me': {'get': '/', 'css': '#who'}})\n\n"
        "def test_it(lab):\n    pass\n"
    )
    shop.runpytest_subprocess(*QUIET, "--cookielab-sarif", "report.sarif").assert_outcomes(errors=1)
    written = read((shop.path / "report.sarif").read_text())
    (invocation,) = written["runs"][0]["invocations"]
    (said,) = invocation["toolExecutionNotifications"]
    assert said["message"]["text"].startswith("test: the lab cannot use the subject of ")
    assert written["runs"][0]["results"] == []


def test_a_file_that_cannot_be_written(shop: pytest.Pytester) -> None:
    shop.makepyfile("def test_it():\n    pass\n")
    result = shop.runpytest_subprocess(*QUIET, "--cookielab-sarif", "conftest.py/report.sarif")
    assert "ERROR: --cookielab-sarif conftest.py/report.sarif: cannot be written: " in (
        result.stdout.str() + result.stderr.str()
    )
    assert result.ret != 0
