"""The command without a checkout: from a wheel, in an empty environment, as an ordinary user, from an empty folder."""

import json
import os
import re
import subprocess
import zipfile
from pathlib import Path

import pytest

from tests.installed.newcomer import USER, Newcomer
from tests.labs import ROOT

pytestmark = pytest.mark.netns

STORIES = ("clients", "compose", "nat", "scenarios", "server")
EVIDENCE = re.compile(r"^evidence +(\.lab/runs/\S+)/", re.M)
SERVER = '''
"""Its users are found by a cookie, and everybody has a note of his own."""
import json, os, secrets, sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

print("it sees of the lab:", [names for _, *names in os.walk(".lab")], flush=True)
sessions, notes = {}, {}


class Site(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, text, status=200, **headers):
        self.send_response(status)
        for name, value in {**headers, "Content-Length": len(text.encode())}.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()
        self.wfile.write(text.encode())

    def who(self):
        pairs = (each.strip().partition("=") for each in (self.headers["Cookie"] or "").split(";"))
        return next((sessions[value] for name, _, value in pairs if name == "sid" and value in sessions), None)

    def do_GET(self):
        user = self.who()
        self.answer(json.dumps({"user": user, "note": notes.get(user)}))

    def do_POST(self):
        said = json.loads(self.rfile.read(int(self.headers["Content-Length"] or 0)) or "{}")
        user = self.who()
        if self.path == "/login" and said.get("password") == "pw-" + str(said.get("user")):
            sid = secrets.token_hex()
            sessions[sid] = said["user"]
            self.answer("in", Set_Cookie="sid=" + sid)
        elif self.path == "/note" and user:
            notes[user] = said["note"]
            self.answer("kept")
        elif self.path == "/logout" and user:
            for sid in [sid for sid, each in sessions.items() if each == user]:
                del sessions[sid]
            self.answer("out")
        else:
            self.answer("no", 403)


ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Site).serve_forever()
'''
PROFILE = """
run: python3 server.py {port}
users:
  alice: {password: pw-alice}
  bob: {password: pw-bob}
login: {json: {post: /login, body: {user: "{username}", password: "{password}"}}}
me: {get: /, json: user}
note:
  write: {post: /note, json: {note: "{canary}"}}
  read: {get: /, json: note}
logout: {post: /logout, json: {}}
"""
TEST = """
def test_everybody_has_a_note(lab, alice, bob):
    for person in (alice, bob):
        person.login()
        person.write()
    for person in (alice, bob):
        person.read()
"""


def test_the_wheel_carries_the_stories(wheel: Path) -> None:
    """1. every file of them that the checkout has, and of the package 2. scripts stay programs 3. the core is light."""
    tracked = subprocess.run(("git", "ls-files", *STORIES, "src"), cwd=ROOT, capture_output=True, text=True, check=True)
    with zipfile.ZipFile(wheel) as archive:
        carried = {info.filename: info.external_attr >> 16 for info in archive.infolist()}
        (metadata,) = [archive.read(name).decode() for name in carried if name.endswith("/METADATA")]
    places = {file: file.removeprefix("src/") for file in tracked.stdout.split()}
    places = {file: place if place != file else f"cookielab/_stories/{file}" for file, place in places.items()}
    assert [place for place in places.values() if place not in carried] == []
    programs = [place for file, place in places.items() if (ROOT / file).stat().st_mode & 0o100]
    assert "cookielab/_stories/compose/probe.sh" in programs
    assert [place for place in programs if not carried[place] & 0o100] == []
    needed = [line for line in metadata.splitlines() if line.startswith("Requires-Dist:") and "extra ==" not in line]
    assert sorted(re.split(r"[ <>=!~]", line.removeprefix("Requires-Dist: "))[0] for line in needed) == [
        "brotli", "h11", "msgspec", "pyyaml", "regex", "requests", "rich", "selectolax", "shtab", "trustme"
    ]  # fmt: skip


def test_help(newcomer: Newcomer) -> None:
    """It leaves nothing in the folder."""
    place = newcomer.folder("help")
    done = newcomer.run(place, "--help")
    assert (done.returncode, done.stderr, list(place.iterdir())) == (0, "", [])
    assert done.stdout.startswith("usage: cookielab ")


def test_a_scenario(newcomer: Newcomer) -> None:
    """Its evidence lies in the folder, where git does not see it, and is told by a short path."""
    place = newcomer.folder("scenario")
    done = newcomer.run(place, "run", "nat", "--capture", "off", ENGINE="netns")
    assert done.returncode == 0, done.stderr
    assert "session_table    HOLDS    as expected" in done.stdout
    found = EVIDENCE.search(done.stdout)
    assert found, done.stdout
    assert (place / found[1] / "nat" / "session_table" / "history.jsonl").exists()
    assert (place / ".lab" / ".gitignore").read_text() == "*\n"
    again = newcomer.run(place, "judge", f"{found[1]}/nat/session_table/history.jsonl")
    assert (again.returncode, "HOLDS    as expected" in again.stdout) == (0, True), again.stderr


def test_a_check(newcomer: Newcomer) -> None:
    """A server of his own holds in a scenario; of the lab's state and evidence, in its own folder, it sees nothing."""
    place = newcomer.folder("check", {"server.py": SERVER, "cookielab.yaml": PROFILE})
    done = newcomer.run(place, "check", "nat")
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^nat +holds +isolation: ", done.stdout, re.M), done.stdout
    found = EVIDENCE.search(done.stdout)
    assert found, done.stdout
    assert "it sees of the lab: [[[], []]]" in (place / found[1] / "server.log").read_text()


def test_a_test_of_his(newcomer: Newcomer) -> None:
    """His own suite, in the environment of his application."""
    place = newcomer.folder("suite", {"server.py": SERVER, "cookielab.yaml": PROFILE, "test_own.py": TEST})
    done = newcomer.run(place, "-q", "--cookielab-require", "--cookielab-trace", program="pytest")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout
    assert list(place.glob(".lab/runs/*/*/history.jsonl"))


def test_without_an_extra(newcomer: Newcomer) -> None:
    """1. asked for, it is refused with the line that installs it 2. not asked for, its want is said, and nothing recorded."""
    place = newcomer.folder("extra")
    asked = newcomer.run(place, "run", "cycle", "--capture", "mitm", ENGINE="netns")
    absent = "the Python package mitmproxy is not installed, and capture=mitm needs it"
    assert asked.returncode == 3, asked.stderr
    said = re.fullmatch(rf"cookielab: the netns engine cannot run here:\n  - {absent}; (.+)\n", asked.stderr)
    assert said, asked.stderr
    line = rf"uv pip install --python {newcomer.python} 'cookielab-cli\[mitm\] @ file:///\S+\.whl'"
    assert re.fullmatch(line, said[1]), said[1]
    usual = newcomer.run(place, "run", "cycle", "--handler", "session_table", ENGINE="netns")
    assert (usual.returncode, usual.stderr) == (0, f"capture off: {absent}; install it:  {said[1]}\n")


def test_modules_of_its_own_name_do_not_get_in_the_way(newcomer: Newcomer) -> None:
    """He may have a `server.py`, a `scenarios` and a `compose/lab.yaml` that are something else."""
    place = newcomer.folder("names", {f"{name}.py": "raise SystemExit(9)\n" for name in STORIES})
    (place / "compose").mkdir()
    (place / "compose" / "lab.yaml").write_text("services: {}\n")
    done = newcomer.run(
        place, "run", "cycle", "--handler", "session_table", "--capture", "off", "--json", ENGINE="netns"
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["evidence"].startswith(f"{place}/.lab/runs/")


def test_as_a_tool(tool: Newcomer) -> None:
    """After `uv tool install` the same command is there, and names the line that adds an extra to such a tool."""
    place = tool.folder("tool")
    done = tool.run(place, "run", "cycle", "--handler", "session_table", ENGINE="netns")
    assert done.returncode == 0, done.stderr
    line = r"; install it:  uv tool install --python (\S+) 'cookielab-cli\[mitm\] @ (file:///\S+\.whl)'\n$"
    said = re.search(line, done.stderr)
    assert said, done.stderr
    assert not Path(said[1]).is_relative_to(tool.programs.parent)  # the tool's own goes with its environment


def test_the_suite_itself_is_not_what_is_tested(newcomer: Newcomer) -> None:
    """The environment holds the wheel alone, and its package is not the checkout's."""
    where = "import cookielab; print(cookielab.__file__)"
    done = subprocess.run((newcomer.python, "-c", where), capture_output=True, text=True, check=True, cwd=newcomer.home)
    assert done.stdout.startswith(str(newcomer.programs.parent)), done.stdout
    assert str(ROOT) not in done.stdout


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can leave a folder of root's behind; run the tests as root")
@pytest.mark.parametrize("own", [False, True], ids=["all of it", "a part of it"])
def test_what_root_has_left(newcomer: Newcomer, own: bool) -> None:
    """After a run with sudo in his folder: what is in the way, whose it is, and the line that gives it back, which helps."""
    place = newcomer.folder(f"sudo{own:d}")
    environment = {"PATH": f"{newcomer.programs}:/usr/bin:/bin", "ENGINE": "netns", **newcomer.lab}
    words = ("cookielab", "run", "cycle", "--handler", "session_table", "--capture", "off")
    subprocess.run(words, cwd=place, env=environment, capture_output=True, check=True)
    if own:
        for path in (place / ".lab", place / ".lab" / "locks"):
            os.chown(path, USER, USER)
    file = place / ".lab" / "locks" / newcomer.lab["LAB_NAME"]
    done = newcomer.run(place, *words[1:], ENGINE="netns")
    what = f"[Errno 13] Permission denied: '{file}'; {file}" if own else f"{place}/.lab cannot be written; {place}/.lab"
    line = f"chown -R {USER}:{USER} {place}/.lab"
    whose = f"belongs to root, as after a command that was run with sudo: give it back to yourself with  sudo {line}"
    assert (done.returncode, done.stderr) == (3, f"cookielab: {what} {whose}\n")
    subprocess.run(line.split(), check=True)
    assert newcomer.run(place, *words[1:], ENGINE="netns").returncode == 0
