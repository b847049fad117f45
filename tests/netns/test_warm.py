"""The lab's own processes run in what PID 1 forks: they have no other right, file or signal than after an exec."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from cookielab.engines import plan
from cookielab.engines.netns import NetnsEngine
from cookielab.engines.process import output
from cookielab.stage.agents import Agent

pytestmark = pytest.mark.netns

LOOK = """
import json, os
for pid in (name for name in os.listdir("/proc") if name.isdigit() and name not in ("1", str(os.getpid()))):
    status = dict(line.rstrip("\\n").split(":\\t", 1) for line in open(f"/proc/{pid}/status") if ":\\t" in line)
    told = {key: status[key] for key in (
        "Uid", "Gid", "Groups", "CapPrm", "CapEff", "CapBnd", "NoNewPrivs", "SigBlk", "SigIgn", "SigCgt", "Threads")}
    told["limits"] = open(f"/proc/{pid}/limits").read()
    told["cwd"] = os.readlink(f"/proc/{pid}/cwd")
    told["net"] = os.readlink(f"/proc/{pid}/ns/net")
    told["fds"] = sorted(os.listdir(f"/proc/{pid}/fd"))
    told["program"] = open(f"/proc/{pid}/cmdline").read()
    print(json.dumps(told))
"""


def seen(lab: NetnsEngine, argv: Sequence[str], *, privileged: bool) -> tuple[dict[str, Any], Agent]:
    """What /proc says of a process that is ready."""
    agent = Agent(lab, "two", argv, privileged=privileged)
    agent.wait_until_ready()
    return json.loads(output(lab.spawn("two", ["python", "-c", LOOK], privileged=privileged))), agent


@pytest.mark.parametrize("argv", [argv for argv in plan.WARM if "serve" not in argv], ids=" ".join)
def test_it_is_as_after_an_exec(pair: NetnsEngine, argv: tuple[str, ...]) -> None:
    """1. without a Python of its own 2. with one 3. it works, and ends when its input does."""
    pair.up()
    privileged = "nat.gateway" in argv
    forked, agent = seen(pair, argv, privileged=privileged)
    reply = agent.ask("show" if privileged else "jar", seconds=5.0)
    agent._process.close_stdin()
    assert agent._process.wait(10.0) == 0
    executed, other = seen(pair, ("python", "-u", *argv[1:]), privileged=privileged)
    assert other.ask("show" if privileged else "jar", seconds=5.0) == reply
    other.stop()
    assert "inside.init" in forked.pop("program")
    assert argv[2] in executed.pop("program")
    assert forked == executed


def test_a_module_that_cannot_be_loaded_is_told_by_a_python_of_its_own(
    pair: NetnsEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    argv = ("python", "-m", "clients.nobody")
    monkeypatch.setattr(plan, "WARM", {argv: ("clients.nobody",)})
    pair.up()
    with pair.spawn("one", argv) as process:
        process.close_stdin()
        assert process.wait(10.0) == 1
        assert "No module named clients.nobody" in "\n".join(process.stderr)
