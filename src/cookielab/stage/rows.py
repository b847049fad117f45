"""What a preflight has found, row by row."""

from collections.abc import Callable
from dataclasses import dataclass, field

from ..judging.verdict import Finding
from ..subjects.exchange import Learnt


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. `ok`: None where there was nothing to find out. `line`: of the profile, to be changed."""

    what: str
    ok: bool | None
    saw: str
    line: str = ""


def unheard(_: Row) -> None:
    """Hears of rows where nobody else does."""


@dataclass(slots=True)
class Preflight:
    """What came out. `learnt`: None if a row has failed. `breaks`: what is wrong with the server even in this calm."""

    rows: list[Row] = field(default_factory=list)
    learnt: Learnt | None = None
    breaks: list[Finding] = field(default_factory=list)
    observations: list[str] = field(default_factory=list)
    login_seconds: float = 0.0
    told: Callable[[Row], None] = field(default=unheard, repr=False, compare=False)

    @property
    def failed(self) -> Row | None:
        """The first row that failed."""
        return next((row for row in self.rows if row.ok is False), None)

    def add(self, what: str, ok: bool | None, saw: str, line: str = "") -> bool:
        self.rows.append(Row(what, ok, saw, line))
        self.told(self.rows[-1])
        return ok is not False
