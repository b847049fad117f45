"""pytest-xdist: each worker has a lab of its own, and ends it."""

import re
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
