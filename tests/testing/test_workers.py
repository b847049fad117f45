"""pytest-xdist: each worker has a lab of its own, and ends it."""

import re
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from tests.labs import until
from tests.testing.conftest import failures

pytestmark = pytest.mark.netns


def test_two_workers_have_a_lab_each(shop: pytest.Pytester) -> None:
    """The bug is found and the mended version holds in both; nothing of the labs is left."""
    shop.makepyfile(
        """
        import os, pathlib, pytest, time

        @pytest.fixture(params=["buggy", "mended"])
        def cookielab_subject(request, buggy, mended):
            return {"buggy": buggy, "mended": mended}[request.param]

        @pytest.mark.parametrize("number", [1, 2, 3, 4])
        def test_who_is_who(lab, alice, bob, number, tmp_path_factory, cookielab_subject, worker_id):
            record = lab.session.lab.record
            nets = (record.variables["LAB_PUBLIC_NET"], record.variables["LAB_HOME_NET"])
            pathlib.Path(f"lab-{worker_id}").write_text(" ".join((record.name, *nets)))
            (pathlib.Path.cwd() / "pids").mkdir(exist_ok=True)
            alice.login()
            bob.login()
            alice.whoami()
            bob.whoami()
        """
    )
    result = shop.runpytest_subprocess("-p", "no:anyio", "-p", "no:django", "-p", "no:playwright", "-n", "2")
    result.assert_outcomes(passed=4, failed=4)
    assert (
        len(re.findall(r"^isolation is broken: alice, logged in as alice, was taken for bob", failures(result), re.M))
        == 4
    )
    labs = [path.read_text().split() for path in shop.path.glob("lab-*")]
    assert len(labs) == 2
    for mine, others in zip(*labs, strict=True):
        assert mine != others
    for name, *_ in labs:
        until(partial(_ended, name), f"the lab {name} has ended")


def _ended(name: str) -> bool:
    """No process of a lab of that name is left: each has its state directory in its environment."""
    for place in Path("/proc").glob("[0-9]*/environ"):
        try:
            if f"/labs/{name}\0" in place.read_text(errors="replace"):
                return False
        except OSError:
            continue
    return True


def test_a_suite_that_is_ended_by_sigterm(shop: pytest.Pytester) -> None:
    """1. SIGTERM in the middle of a test: no process of the lab stays 2. the next suite removes what is left on disk."""
    shop.makepyfile(
        test_long="import pathlib, time\n\ndef test_it(lab, alice):\n    alice.login()\n"
        "    pathlib.Path('name').write_text(lab.session.lab.record.name)\n    pathlib.Path('inside').touch()\n    time.sleep(600)\n",
        test_short="def test_it(lab, alice):\n    alice.login()\n",
    )
    words = (sys.executable, "-m", "pytest", "-p", "no:anyio", "-p", "no:django", "-p", "no:playwright")
    with subprocess.Popen(
        (*words, "test_long.py"), cwd=shop.path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as suite:
        try:
            until((shop.path / "inside").exists, "the test is at its middle", 60)
            suite.send_signal(signal.SIGTERM)
            suite.wait(30)
        finally:
            suite.kill()
    name = (shop.path / "name").read_text()
    until(partial(_ended, name), f"the lab {name} has ended")
    assert (shop.path / ".lab" / "labs" / name).is_dir()
    shop.runpytest_subprocess(*words[3:], "test_short.py").assert_outcomes(passed=1)
    assert list((shop.path / ".lab" / "labs").iterdir()) == []
