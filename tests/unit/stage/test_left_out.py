"""What a check leaves out by name where a scenario needs parts: for https, for what is the lab's own, for a cache that nobody has."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from cookielab.lab import parts
from cookielab.stage.agents import Agents
from cookielab.stage.catalogue import catalogued
from cookielab.stage.checking import Check
from cookielab.subjects import reading
from cookielab.subjects.kinds import Brought
from tests.labs import engine

PROFILE = """run: python app.py {port}
users: {alice: {password: a}, bob: {password: b}}
login: {form: /login}
me: /me
logout: /logout
"""
OVER_HTTPS = "people reach this server over https, and haproxy would speak plain http to it"
SEVERAL = (
    "it takes several replicas over one store, which a profile cannot describe yet; "
    "against the lab's own handlers: cookielab run replicas"
)
MISSING = (
    "this scenario needs more than this machine has: haproxy is not installed, a proxy or load balancer in front of the "
    "server needs it: apt-get install haproxy"
)
NO_CACHE = "no shared cache stands before this server, as far as the profile says: `shared_cache: true` if one does, such as a CDN"


def why(folder: Path, scenario: str, **changes: object) -> str:
    """Why it is left out for such a server, on netns; no lab is up."""
    file = folder / "cookielab.yaml"
    file.write_text(PROFILE)
    subject = Brought("a server", replace(reading.load(file), **changes), folder)
    lab = engine("netns", folder)
    with Agents(lab) as agents:
        return Check(lab, agents, subject, folder, {}).reason_to_leave_out(catalogued()[scenario])


def test_with_the_programs_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts.Part, "lacks", lambda part: [])
    assert why(tmp_path, "connection-identity") == ""
    assert why(tmp_path, "connection-identity", tls=True) == OVER_HTTPS
    assert why(tmp_path, "replicas") == SEVERAL
    assert why(tmp_path, "cached-body") == NO_CACHE
    assert why(tmp_path, "cached-body", shared_cache=True) == ""


def test_without_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are named, and the check goes on without the scenario."""
    monkeypatch.setattr(parts, "search_path", lambda: "/nonexistent")
    assert why(tmp_path, "connection-identity") == MISSING
