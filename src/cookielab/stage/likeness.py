"""Which of the lab's own handlers a subject behaves like: a mistake that has a name is half understood."""

from collections.abc import Mapping, Sequence

from .checking import Checked

ENOUGH = 0.75
"""The part of the scenarios played against both in which the verdicts must be the same."""


def likeness(rows: Sequence[Checked], expected: Mapping[str, Mapping[str, str]]) -> str:
    """The handlers that a subject behaves like, and in how many scenarios each; empty if like none.

    The first is the one that breaks in most of the scenarios in which the subject breaks, and differs from it in
    fewest; then, in the same way, those for what is left. `expected` is the table of the lab's own handlers.
    """
    told = {row.scenario.id: row.state for row in rows if row.state in {"holds", "broken"}}
    convicted = (name for row in rows if row.state == "broken" for name in row.scenario.must_break)
    names = dict.fromkeys([*convicted, *(name for row in expected.values() for name in row)])
    left, like = {id_ for id_ in told if told[id_] == "broken"}, []
    while left:
        best, most, explained = "", (0, 0), set[str]()
        for name in names:
            known = [id_ for id_ in told if name in expected.get(id_, {})]
            alike = {id_ for id_ in known if told[id_] == expected[id_][name]}
            score = len(alike & left) - (len(known) - len(alike)), len(alike)
            if alike & left and len(alike) >= ENOUGH * len(known) and score > most:
                best, most, explained = f"{name} in {len(alike)} of {len(known)} scenarios", score, alike & left
        if not best:
            break
        like.append(best)
        left -= explained
    return f"behaves like {', like '.join(like)}" if like else ""
