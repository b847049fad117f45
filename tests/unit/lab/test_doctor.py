"""What doctor says of Redis: a lab with STORE=redis cannot do without, any other one can."""

import argparse
import shutil

import pytest

from cookielab.engines.base import Lack
from cookielab.lab import doctor

NEEDED = Lack("redis-server is not installed", "apt-get install redis-server", ("redis-server",))
WANTED = Lack("redis-server is not installed, a lab with STORE=redis needs it", "apt-get install redis-server")


@pytest.mark.skipif(
    bool(shutil.which("redis-server", path="/usr/sbin:/sbin")), reason="redis-server is where it is always looked for"
)
def test_redis_is_needed_for_its_store_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The package is then one of those that `doctor --install` brings; otherwise it is only named."""
    monkeypatch.setenv("PATH", "/nonexistent")
    memory, redis = doctor.examine("netns"), doctor.examine("netns", "redis")
    assert (NEEDED in memory.lacks, WANTED in memory.optional) == (False, True)
    assert (NEEDED in redis.lacks, WANTED in redis.optional) == (True, False)


def test_a_store_in_the_environment_installs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A daemon is installed for who asks for it by --store; `make` with STORE=redis may yet be refused for another reason."""
    from cookielab.commands import doctor as command

    asked: list[doctor.Finding] = []
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.setenv("STORE", "redis")
    monkeypatch.setenv("ENGINE", "netns")
    monkeypatch.setattr(doctor, "search_path", lambda: "/nonexistent")
    monkeypatch.setattr(doctor, "install", asked.append)
    command.command(argparse.Namespace(install=True, store=None, quiet=True))
    command.command(argparse.Namespace(install=True, store="redis", quiet=True))
    named = [{package for lack in finding.lacks for package in lack.packages} for finding in asked]
    assert "redis-server" not in named[0]


def test_parts_are_optional(monkeypatch: pytest.MonkeyPatch) -> None:
    """Doctor names what they lack; `--install` brings none of it."""
    from cookielab.lab import parts

    monkeypatch.setattr(parts, "search_path", lambda: "/nonexistent")
    found = doctor.examine("netns")
    said = {lack.what: lack for lack in found.optional}
    lack = said["varnishd is not installed, a shared cache in front of the server needs it"]
    assert (lack.remedy, lack.packages) == ("apt-get install varnish", ())
    assert not any("varnish" in lack.what for lack in found.lacks)
