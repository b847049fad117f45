"""The profiles of docs/frameworks.md: each block of YAML, by the application of first_steps that it is about."""

import re
from pathlib import Path
from typing import Any

from cookielab.subjects import reading
from cookielab.subjects.finding.draft import given_by
from cookielab.subjects.profile import Profile

PAGE = Path(__file__).parents[2] / "docs" / "frameworks.md"
_SECTION = re.compile(r"first_steps/([\w-]+)/\).*?```yaml\n(.*?)```", re.DOTALL)


def blocks() -> dict[str, str]:
    """The text of each."""
    return {name: text for section in PAGE.read_text().split("\n## ") for name, text in _SECTION.findall(section)}


def profile(name: str, folder: Path) -> Profile:
    """One of them, read as strictly as any."""
    path = folder / "documented.yaml"
    path.write_text(blocks()[name])
    return reading.load(path, {})


def words(written: Profile) -> dict[str, Any]:
    """What a profile says, but for the users: their passwords are made up anew each time."""
    return {key: value for key, value in given_by(written).items() if key != "users"}
