"""What this machine has for each engine, what it lacks and how to get it; and, where it may, getting it."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

from .. import extras
from ..engines import choice
from ..engines.base import Lack
from ..errors import CommandFailed, EngineMissing
from ..topology import composefile
from . import state as labs
from .parts import PARTS

RECORDERS = {"conntrack": "conntrack"}
"""Programs that the netns engine finds on the machine for captures and translation tables, and their Debian packages."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One engine: what it lacks, and what it can do without but would use."""

    engine: str
    lacks: tuple[Lack, ...]
    optional: tuple[Lack, ...] = ()


def examine(name: str, store: str = "memory") -> Finding:
    """What one engine finds on this machine for a lab on this store. Changes nothing."""
    topology = labs.load(store, labs.root() / composefile.DEFAULT)
    lacks = choice.build(name)(topology, labs.folder(topology.name)).lacks()
    optional: list[Lack] = []
    if name == "netns":
        lacks += [
            Lack(f"{program} is not installed", f"apt-get install {package}", (package,))
            for program, package in RECORDERS.items()
            if not shutil.which(program, path=search_path())
        ]
        if store != "redis" and not shutil.which("redis-server", path=search_path()):
            text = "redis-server is not installed, a lab with STORE=redis needs it"
            optional.append(Lack(text, "apt-get install redis-server"))
        optional += [replace(lack, packages=()) for part in PARTS.values() for lack in part.lacks()]
        if not extras.there("mitm"):
            optional.append(Lack(extras.absent("mitm", "capture=mitm needs it"), extras.line("mitm")))
        if not Path("/usr/share/phpmyadmin").is_dir() or not shutil.which("php"):
            text = "phpMyAdmin is not installed, a stand-in takes its part in foreign-cookie"
            optional.append(Lack(text, "apt-get install --no-install-recommends phpmyadmin php-cli"))
    return Finding(name, tuple(lacks), tuple(optional))


def search_path() -> str:
    """PATH with the directories of system programs, which a user's own PATH may leave out."""
    return os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/sbin"))


def needed(wanted: str | None, store: str = "memory") -> Finding:
    """The engine that a command would use, whether it can run yet or not."""
    if wanted:
        return examine(wanted, store)
    docker = examine("docker", store)
    return docker if not docker.lacks else examine("netns", store)


def install(finding: Finding) -> list[str]:
    """Installs what packages can bring, with apt and as root; gives the packages that were installed.

    EngineMissing with the exact command where this user may not install, or with the remedy where no package helps.
    """
    packages = sorted({package for lack in finding.lacks for package in lack.packages})
    if packages:
        command = ("apt-get", "install", "-y", "--no-install-recommends", *packages)
        if os.geteuid() != 0 or not shutil.which("apt-get"):
            what = "\n".join(f"  - {lack.what}" for lack in finding.lacks if lack.packages)
            raise EngineMissing(f"the {finding.engine} engine needs more:\n{what}\nrun:  sudo {' '.join(command)}")
        print(f"installing {', '.join(packages)} ...", file=sys.stderr)
        _apt(("apt-get", "update", "-q"))
        _apt(command)
    if other := [lack for lack in examine(finding.engine).lacks if not lack.packages]:
        raise EngineMissing(f"the {finding.engine} engine cannot run here:\n{choice.listed(other)}")
    return packages


def _apt(argv: tuple[str, ...]) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(argv, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CommandFailed(argv, done.returncode, done.stderr or done.stdout)
