"""What the lab can do without: packages that only some of its work needs, and the line that brings each.

They are extras because mitmproxy's upper bounds have no place in the environment of somebody's application. The line
names where this copy of the lab came from: the package index has it under no name.
"""

import shlex
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import EngineMissing, one_of
from .places import CARRIED, root

if TYPE_CHECKING:
    from importlib.metadata import Distribution

NAME = "cookielab-cli"


@dataclass(frozen=True, slots=True)
class Extra:
    """`module`: by it is seen whether the package is there. `package`: its name where it comes from."""

    module: str
    package: str


EXTRAS = {
    "mitm": Extra("mitmproxy", "mitmproxy"),
    "docker": Extra("docker", "docker"),
    "browser": Extra("playwright", "playwright"),
    "redis": Extra("redis", "redis"),
}


def there(extra: str) -> bool:
    """Whether this Python has what the extra brings. Nothing is imported."""
    return find_spec(EXTRAS[one_of(EXTRAS, extra, "extra")].module) is not None


def absent(extra: str, purpose: str) -> str:
    """In words that it is not there, and what it is for."""
    return f"the Python package {EXTRAS[extra].package} is not installed, and {purpose}"


def lacking(extra: str, purpose: str) -> str:
    """The same with how to get it."""
    return f"{absent(extra, purpose)}; install it:  {line(extra)}"


def insist(extra: str, purpose: str) -> None:
    """EngineMissing with the line that installs it where the extra is not there."""
    if not there(extra):
        raise EngineMissing(lacking(extra, purpose))


def line(extra: str) -> str:
    """The command that adds an extra to the environment in which this runs."""
    from importlib.metadata import PackageNotFoundError, distribution

    tool = (Path(sys.prefix) / "uv-receipt.toml").exists()  # uv made this environment for the tool alone
    names = ",".join(name for name in EXTRAS if name == extra or (tool and there(name)))  # and makes it anew: name all
    try:
        wanted = requirement(names, distribution(NAME))
    except PackageNotFoundError:
        wanted = [f"{root()}[{names}]" if not CARRIED.is_dir() else f"{NAME}[{names}]"]
    words = " ".join(shlex.quote(word) for word in wanted)
    python = shlex.quote(sys.executable)
    if tool:
        base = getattr(sys, "_base_executable", sys.executable)  # the tool's own goes with its environment
        return f"uv tool install --python {shlex.quote(base)} {words}"
    if find_spec("pip"):
        return f"{python} -m pip install {words}"
    return f"uv pip install --python {python} {words}"


def requirement(extra: str, of: "Distribution") -> list[str]:
    """The installed distribution with one more extra, or several, as pip and uv take it: by where it came from (PEP 610)."""
    import json

    origin = json.loads(of.read_text("direct_url.json") or "{}")
    url = str(origin.get("url", ""))
    if "dir_info" in origin and url.startswith("file://"):
        editable = ["--editable"] if origin["dir_info"].get("editable") else []
        return [*editable, f"{url.removeprefix('file://')}[{extra}]"]
    if "vcs_info" in origin:
        return [f"{NAME}[{extra}] @ {origin['vcs_info']['vcs']}+{url}@{origin['vcs_info']['commit_id']}"]
    return [f"{NAME}[{extra}] @ {url}" if url else f"{NAME}[{extra}]"]
