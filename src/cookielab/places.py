"""Where things lie: the story folders that belong to this package, and the `.lab` that belongs to the user's project.

A checkout has the story folders beside `src`; an installed package carries a copy in `_stories`. Which of the two it is
does not depend on the folder that a command is called in.
"""

import os
import shlex
from pathlib import Path

from .errors import LabError

PACKAGE = Path(__file__).parent
CARRIED = PACKAGE / "_stories"
SOURCES = PACKAGE.parent
"""Where `import cookielab` is found."""
HOME = Path(".lab")


def root() -> Path:
    """The folder that holds the story folders."""
    return (CARRIED if CARRIED.is_dir() else PACKAGE.parents[1]).resolve()


TABLE = root() / "sessiontable" / "src"
"""Where the lab's server finds the session table."""


def where() -> Path:
    """Where state and evidence are kept for whoever calls from the current folder, whether it exists or not.

    In a checkout that is its own `.lab`; elsewhere the one of the current folder, since evidence belongs to the user's
    project. From a folder where this user cannot write it is one below XDG_STATE_HOME.
    """
    here = Path.cwd()
    if not CARRIED.is_dir() and here.is_relative_to(root()):
        here = root()
    if os.path.lexists(here / HOME) or os.access(here, os.W_OK):
        return here / HOME
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(state).absolute() / "cookielab" / HOME


def home() -> Path:
    """The folder of `where`, made where it is not there yet. LabError where it cannot be used.

    It tells git to leave it out: evidence holds passwords and cookies of whoever was tested.
    """
    place = where()
    if os.path.lexists(place) and not place.is_dir():
        raise LabError(f"{place} is no folder, and the lab keeps its state and evidence under that name; move it away")
    place.mkdir(parents=True, exist_ok=True)
    if not os.access(place, os.W_OK | os.X_OK):
        raise LabError(f"{place} cannot be written{others(place)}")
    ignore = place / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n")
    return place


def others(path: Path) -> str:
    """What to say after a failure to write there; empty where all of the lab's folder is this user's own."""
    place = where()
    while not path.exists() and path != path.parent:
        path = path.parent
    if not path.is_relative_to(place) or (found := path.lstat().st_uid) == os.geteuid():
        return ""
    return (
        f"; {path} belongs to {'root' if found == 0 else f'the user {found}'}, as after a command that was run with sudo: "
        f"give it back to yourself with  sudo chown -R {os.geteuid()}:{os.getegid()} {shlex.quote(str(place))}"
    )


def how(verb: str) -> str:
    """How people here say it: `up` and `down` a lab, and make a `base-image`. Only at the top of a checkout is there a Makefile."""
    if CARRIED.is_dir() or Path.cwd() != root():
        return f"{root()}/compose/base-image.sh" if verb == "base-image" else f"cookielab {verb}"
    return f"make {verb}" if verb == "base-image" else f"make lab-{verb}"


def shown(path: Path) -> str:
    """A path for people: relative where it lies below the current folder, otherwise whole."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)
