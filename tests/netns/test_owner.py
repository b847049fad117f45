"""A lab of root's in a directory that root may enter by special right alone, such as the home of another user."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.labs import ROOT
from tests.netns.trace import traces

pytestmark = [
    pytest.mark.netns,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root has a special right; run the tests as root to see it used"),
]

OWNER = 12345
FILE = """
name: test-owner
services:
  router:
    networks: {lan: {ipv4_address: 198.18.0.1}}
    cap_add: [NET_ADMIN]
  client: {networks: {lan: {ipv4_address: 198.18.0.2}}, environment: {GATEWAY: 198.18.0.1}}
networks: {lan: {ipam: {config: [{subnet: 198.18.0.0/24}]}}}
"""


@pytest.fixture
def home() -> Iterator[Path]:
    """A checkout in a private directory of a user who is not root. Its files are all that the engine needs."""
    home = Path(tempfile.mkdtemp(prefix="cookielab-home-"))  # pytest's own temporary directories are root's
    shutil.copytree(ROOT / "src", home / "lab" / "src", ignore=shutil.ignore_patterns("__pycache__"))
    (home / "lab" / "lab.yaml").write_text(FILE)
    for path in (home, *home.rglob("*")):
        os.chown(path, OWNER, OWNER)
    home.chmod(0o700)
    yield home
    left = traces(home / "state")
    shutil.rmtree(home)
    assert left == []


def play(home: Path, code: str) -> str:
    program = (
        "from pathlib import Path; from cookielab.topology import composefile; from cookielab.engines import plan\n"
        "from cookielab.engines.netns import NetnsEngine; from cookielab.engines.process import output\n"
        f"plan.PYTHON = Path('/bin/sh')  # the Python of these tests may be out of that user's reach\n"
        f"lab = NetnsEngine(composefile.load(Path('lab.yaml')), Path({str(home / 'state')!r}))\n"
        f"lab.up()\ntry:\n{code}\nfinally: lab.down()"
    )
    done = subprocess.run(
        (sys.executable, "-c", program), capture_output=True, text=True, timeout=60, check=False,
        cwd=home / "lab", env={**os.environ, "PYTHONPATH": str(home / "lab" / "src")},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_processes_are_the_owners(home: Path) -> None:
    """1. they stand in the repository as its owner 2. a client holds no capability 3. a gateway holds what the file gives
    it 4. a privileged one may change the network 5. each has a home of its own."""
    show = "['sh', '-c', 'id -u; pwd; grep CapEff /proc/self/status; touch ~/mine /run/cookielab/ours && echo wrote']"
    add = "['sh', '-c', 'id -u; ip address add 198.18.9.9/32 dev lo && nft list tables && echo changed']"
    code = f"""
        print(output(lab.spawn('client', {show})))
        print(output(lab.spawn('router', {show})))
        print(output(lab.spawn('client', {add}, privileged=True)))"""
    place = str(home / "lab")
    net_admin_and_raw = f"{1 << 12 | 1 << 13:016x}"
    assert play(home, code).split() == [
        str(OWNER), place, "CapEff:", "0" * 16, "wrote",
        str(OWNER), place, "CapEff:", net_admin_and_raw, "wrote",
        str(OWNER), "changed",
    ]  # fmt: skip
