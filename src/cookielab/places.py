"""Where things lie: the story folders that belong to this package, and the `.lab` that belongs to the user's project.

A checkout has the story folders beside `src`; an installed package carries a copy in `_stories`. Which of the two it is
does not depend on the folder that a command is called in.
"""

import os
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
    ignore = place / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n")
    return place


def shown(path: Path) -> str:
    """A path for people: relative where it lies below the current folder, otherwise whole."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)
