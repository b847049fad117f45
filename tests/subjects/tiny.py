"""Servers of a few lines, each written for the tests of one file, as somebody would bring them."""

import shutil
import sys
from pathlib import Path

from cookielab.subjects.kinds import Brought
from cookielab.subjects.reading import load

HANDLER = Path(__file__).with_name("handler.py")


def brought(folder: Path, program: str, profile: str, **values: object) -> Brought:
    """The program, `handler` beside it, and its profile, in which {python} and the values are filled in."""
    place = folder / "app"
    place.mkdir(exist_ok=True)
    shutil.copy(HANDLER, place)
    (place / "app.py").write_text(program)
    (place / "cookielab.yaml").write_text(profile.format(python=sys.executable, **values))
    return Brought("app", load(place / "cookielab.yaml", {}), place, log=folder / "server.log")
