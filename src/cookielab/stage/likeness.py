"""Which of the lab's own handlers a subject behaves like: a mistake that has a name is half understood."""

from collections.abc import Mapping, Sequence

from .checking import Checked

ENOUGH = 0.75
"""The part of the scenarios played against both in which the verdicts must be the same."""


def likeness(rows: Sequence[Checked], expected: Mapping[str, Mapping[str, str]]) -> str:
    """The handler that a subject behaves like, and in how many scenarios; empty if like none.

    It is the one that breaks in most of the scenarios in which the subject breaks, and differs from it in fewest.
    `expected` is the table of the lab's own handlers, by scenario and handler.
    """
    told = {row.scenario.id: row.state for row in rows if row.state in {"holds", "broken"}}
    best, most = "", (0, 0)
    convicted = (name for row in rows if row.state == "broken" for name in row.scenario.must_break)
    for name in dict.fromkeys([*convicted, *(name for row in expected.values() for name in row)]):
        known = [id_ for id_ in told if name in expected.get(id_, {})]
        alike = [id_ for id_ in known if told[id_] == expected[id_][name]]
        broken = sum(told[id_] == "broken" for id_ in alike)
        score = broken - (len(known) - len(alike)), len(alike)
        if broken and len(alike) >= ENOUGH * len(known) and score > most:
            best, most = f"behaves like {name} in {len(alike)} of {len(known)} scenarios", score
    return best
