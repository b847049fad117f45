"""Which scenarios and handlers the words of a command line mean."""

from collections.abc import Sequence

from ..errors import one_of
from ..stage.catalogue import catalogued, expected, groups
from ..stage.scenario import Group, Scenario
from ..subjects.handlers import ALL

FIX = "session_table"


def scenarios(words: Sequence[str]) -> tuple[Scenario, ...]:
    """Those of these ids and groups, all of them for 'all'; UsageError with the nearest name for one that does not exist.

    A group is meant by its letter, by the name of its folder, with or without the letter, or by its title.
    """
    catalogue = catalogued()
    if "all" in words:
        return tuple(catalogue.values())
    known = {name: group for group in groups() for name in _names(group)}
    chosen: dict[str, Scenario] = {}
    for word in words:
        group = known.get(word.lower().replace("_", "-").replace(" ", "-"))
        if group:
            chosen |= {scenario.id: scenario for scenario in group.scenarios}
        else:
            id_ = one_of((*catalogue, *(each.folder for each in groups())), word, "scenario or group")
            chosen[id_] = catalogue[id_]
    return tuple(chosen.values())


def handlers(scenario: Scenario, names: Sequence[str], *, whole: bool) -> tuple[str, ...]:
    """The handlers to play against: those named; by default the ones it must break and the fix, in a matrix those of the table."""
    if "all" in names or (whole and not names):
        return tuple(expected()[scenario.id])
    chosen = [one_of(ALL, name, "handler") for name in names] or [*scenario.must_break, FIX]
    return tuple(handler for handler in ALL if handler in chosen)


def _names(group: Group) -> set[str]:
    folder, title = group.folder.replace("_", "-"), group.title.lower().replace(" ", "-")
    return {group.letter.lower(), folder, folder.removeprefix(f"{group.letter.lower()}-"), title} - {""}
