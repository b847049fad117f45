"""The steps of one scenario side by side: one row a step, one column a handler, in each cell what the server answered."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..judging.events import Event, Narration, Request, ServerClock, ServerStart, UnderWay

DOING = {
    "visit": "visits",
    "login": "logs in",
    "whoami": "asks: who am I?",
    "write": "writes a note",
    "read": "reads the note",
    "logout": "logs out",
    "change_password": "changes the password",
    "forge": "sends a made-up id",
    "neighbour": "visits the neighbour",
    "raw": "sends a request",
}


@dataclass(frozen=True, slots=True)
class Cell:
    """What the server answered, in a word or two, and whether it is what an honest person may expect."""

    text: str
    good: bool | None


@dataclass(frozen=True, slots=True)
class Row:
    """A heading (no cells) or a step with one cell for each handler, None where a handler never came to it."""

    text: str
    cells: tuple[Cell | None, ...] = ()


def rows(histories: Sequence[Sequence[Event]]) -> list[Row]:
    """Aligns the histories of several handlers by who does what for the how many-th time, in the longest one's order."""
    columns = [_steps(events) for events in histories]
    longest = max(histories, key=lambda events: sum(isinstance(event, Request) for event in events), default=())
    count: Counter[tuple[str, str]] = Counter()
    table: list[Row] = []
    for event in longest:
        if isinstance(event, Narration):
            table.append(Row(event.text))
        elif isinstance(event, UnderWay | ServerClock):
            table.append(Row(meanwhile(event)))
        elif isinstance(event, Request):
            key = (event.person, event.action)
            count[key] += 1
            cells = tuple(column.get((*key, count[key])) for column in columns)
            table.append(Row(f"{event.person} {DOING.get(event.action, event.action)}", cells))
    return table


def meanwhile(event: UnderWay | ServerClock) -> str:
    """A request that is under way, or the server's clock that was moved on, as a sentence."""
    if isinstance(event, ServerClock):
        return f"The server's clock is moved on by {event.seconds:g} s."
    what = f"{event.person}'s {event.action}"
    if event.state != "begun":
        return f"({what} goes on)"
    return f"({what} is under way: {f'held at the gate {event.gate}' if event.gate else 'this server has no gates'})"


def neighbours(events: Iterable[Event]) -> set[str]:
    """What took the part of the neighbour: the real phpMyAdmin or its stand-in, and where."""
    return {f"{e.name} at {e.url}" for e in events if isinstance(e, ServerStart) and e.role == "neighbour"}


def condensed(table: Sequence[Row], most: int = 6) -> list[Row]:
    """The same with long passages cut: under each heading the first `most` steps, then one row that sums up the rest."""
    short: list[Row] = []
    for heading, steps in _passages(table):
        short += [heading] if heading else []
        short += steps if len(steps) <= most + 1 else [*steps[:most], _summed(steps[most:])]
    return short


def _passages(table: Iterable[Row]) -> list[tuple[Row | None, list[Row]]]:
    passages: list[tuple[Row | None, list[Row]]] = [(None, [])]
    for row in table:
        if row.cells:
            passages[-1][1].append(row)
        else:
            passages.append((row, []))
    return passages


def _summed(steps: Sequence[Row]) -> Row:
    cells = []
    for column in zip(*(row.cells for row in steps), strict=True):
        wrong = sum(cell is not None and cell.good is False for cell in column)
        cells.append(Cell(f"{wrong} wrong" if wrong else "all right", not wrong) if any(column) else None)
    return Row(f"... and {len(steps)} more steps", tuple(cells))


def _steps(events: Iterable[Event]) -> dict[tuple[str, str, int], Cell]:
    owners: dict[str, str] = {}
    count: Counter[tuple[str, str]] = Counter()
    steps: dict[tuple[str, str, int], Cell] = {}
    for event in events:
        if not isinstance(event, Request):
            continue
        if event.action == "write" and event.canary:
            owners[event.canary] = event.person
        count[event.person, event.action] += 1
        steps[event.person, event.action, count[event.person, event.action]] = cell(event, owners)
    return steps


def cell(request: Request, owners: dict[str, str]) -> Cell:
    """What one answer means to the person who got it. `owners`: whose note each canary is."""
    if request.status is None:
        nobody = request.error == "unsendable" or request.trouble is not None
        return Cell((request.error or "no answer").replace("_", " "), None if nobody else False)
    view = request.view
    match request.action:
        case "neighbour":
            return Cell(f"{request.status}", None)
        case "forge":
            believed = bool(view and (view.known or view.user))
            return Cell(
                f"believed, {view.user or 'a known visitor'}" if view and believed else "a stranger", not believed
            )
        case "read" if request.accepted:
            owner = next((name for canary, name in owners.items() if canary in request.body), None)
            if owner is None:
                return Cell("no note", None if request.canary is None else False)
            if owner == request.person and request.canary and request.canary not in request.body:
                return Cell("an old note", False)
            return Cell("own note" if owner == request.person else f"{owner}'s note", owner == request.person)
        case "visit" if view and view.visits is not None:
            return Cell(f"{'known' if view.known else 'new'}, visit {view.visits}", None)
        case "whoami" | "login" if request.accepted and view:
            right = view.user == request.claims  # who has not logged in must be nobody
            return Cell(view.user or "nobody", right if request.claims or view.user else None)
    welcome = request.accepted or (
        request.status == 401 and request.claims is None
    )  # who has not logged in is owed no note
    return Cell("done" if request.accepted else f"refused, {request.status}", None if welcome else False)
