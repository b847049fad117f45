"""Finding out tried on a server: what is given is what `init` is given, all else is found out, and the preflight decides."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cookielab.stage.agents import Agents
from cookielab.stage.checking import Check
from cookielab.stage.rows import Preflight
from cookielab.subjects import reading
from cookielab.subjects.finding import Found
from cookielab.subjects.kinds import Brought
from scenarios.expected import EXPECTED


@dataclass(frozen=True, slots=True)
class Tried:
    """What came out. `flight`: of the file that was written, None where too little was found to fly by it."""

    name: str
    found: Found
    flight: Preflight | None
    seconds: float

    @property
    def lets_in(self) -> bool:
        """Both users were let in, each was shown to be who they are, and nobody was nobody."""
        return self.flight is not None and self.flight.failed is None

    @property
    def verbs(self) -> tuple[str, ...]:
        """What was found out and is right."""
        written = self.found.profile
        return tuple(
            key
            for key in ("create", "login", "me", "note", "logout", "change_password")
            if getattr(written, key) is not None
        )

    def told(self) -> str:
        """All of it, for the message of a test that fails."""
        rows = self.flight.rows if self.flight else []
        lines = [
            f"{self.name}: {'in' if self.lets_in else 'NOT IN'}, {self.found.requests} requests, {self.found.seconds:.1f} s"
        ]
        lines += [f"  {line}" for line in self.found.guesses]
        lines += [f"  missing: {line[:160]}" for line in self.found.missing]
        lines += [f"  preflight {row.what}: {row.saw}" for row in rows if row.ok is False]
        lines += [f"  breaks {each.invariant}: {each.sentence}" for each in (self.flight.breaks if self.flight else [])]
        return "\n".join(lines)


def tried(agents: Agents, name: str, place: Path, given: dict[str, Any], folder: Path) -> Tried:
    """Finds out how the server in `place` is used, writes the profile there, and flies by it on a server started anew."""
    began = time.monotonic()
    folder.mkdir(parents=True, exist_ok=True)
    subject = Brought(name, reading.made(given, place / "cookielab.yaml"), place, log=folder / "server.log")
    check = Check(agents.engine, agents, subject, folder, EXPECTED)
    flight = None
    try:
        found = check.find_out(place / "cookielab.yaml")
        subject.close()
        (folder / "cookielab.yaml").write_text(found.text, encoding="utf-8")
        if not found.lacking:
            subject.profile = reading.load(folder / "cookielab.yaml", {})
            flight = check.preflight()
    finally:
        subject.close()
    return Tried(name, found, flight, time.monotonic() - began)
