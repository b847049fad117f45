"""What commands leave behind for whoever doubts them: a folder each in `.lab/runs`, within a limit over all of them.

Each has a `run.json` that says which command it was, whose it is as long as it is not finished, and what came out.
"""

import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ..engines.owner import ended, mark
from ..errors import UsageError
from .state import home, new_id

LIMIT = 256
"""Megabytes that all of it may take, unless COOKIELAB_KEEP says otherwise."""
VARIABLE = "COOKIELAB_KEEP"
MEGABYTE = 1_000_000
FILE = "run.json"
_ID = re.compile(r"\d{8}-\d{6}-[0-9a-f]{4}(?:-[a-z]+)?")


@dataclass(frozen=True, slots=True)
class Run:
    """The evidence of one command. `size`: bytes. `verdict`: what came out; `running` and `unfinished` where nothing did."""

    id: str
    folder: Path
    size: int
    about: str = ""
    verdict: str = ""


def begin(about: str, sign: str = "") -> Path:
    """A folder for the evidence of a command, of which `about` says what it does; the oldest ones make room for it.

    `sign`: what its name ends with.
    """
    prune(limit())
    folder = home() / "runs" / f"{new_id()}{sign}"
    folder.mkdir(parents=True)
    _write(folder, {"about": about, "owner": mark()})
    return folder


def end(folder: Path, code: int) -> None:
    """The command is through, with this exit code."""
    close(folder, {0: "held", 1: "broken"}.get(code, "undecided"))


def close(folder: Path, verdict: str) -> None:
    """Nothing more comes into the folder."""
    told = _told(folder)
    told.pop("owner", None)
    _write(folder, told | {"verdict": verdict})


def runs() -> list[Run]:
    """All there is, the oldest first. What else lies in that folder is not ours."""
    place = home() / "runs"
    found = sorted(place.iterdir()) if place.is_dir() else []
    return [_run(folder) for folder in found if _ID.fullmatch(folder.name) and _is_folder(folder)]


def limit() -> int:
    """Bytes within which evidence is kept. UsageError where COOKIELAB_KEEP is no number of megabytes."""
    text = os.environ.get(VARIABLE) or str(LIMIT)
    if not (text.isascii() and text.isdecimal()):
        raise UsageError(f"{VARIABLE}={text!r} is no number of megabytes; the default is {LIMIT}")
    return int(text) * MEGABYTE


def prune(limit: int) -> list[Run]:
    """Removes the oldest until all of it is within `limit` bytes; gives what was removed.

    The newest stays, however large it is, and so does that of a command which is still at work.
    """
    found = runs()
    whole, removed = sum(run.size for run in found), list[Run]()
    for run in found[:-1]:
        if whole <= limit:
            break
        if run.verdict != "running":
            shutil.rmtree(run.folder, ignore_errors=True)
            removed.append(run)
            whole -= run.size
    return removed


def _run(folder: Path) -> Run:
    told = _told(folder)
    working = "owner" in told and not ended(told["owner"])
    verdict = told.get("verdict") or ("running" if working else "unfinished" if told else "")
    return Run(folder.name, folder, sum(_sizes(folder)), str(told.get("about", "")), verdict)


def _sizes(folder: Path) -> Iterator[int]:
    for place, _, files in os.walk(folder):
        for name in files:
            with suppress(FileNotFoundError):  # another command is removing it
                yield os.lstat(os.path.join(place, name)).st_size  # noqa: PTH118 - thousands of files


def _told(folder: Path) -> dict[str, str]:
    try:
        told = json.loads((folder / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}


def _write(folder: Path, told: dict[str, str]) -> None:
    (folder / FILE).write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()
