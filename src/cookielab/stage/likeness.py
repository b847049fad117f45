"""Which of the lab's own handlers a subject behaves like: a mistake that has a name is half understood."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .checking import Checked

ENOUGH = 0.75
"""The part of the scenarios played against both in which the verdicts must be the same."""


def likeness(rows: Sequence[Checked], expected: Mapping[str, Mapping[str, str]]) -> str:
    """The handlers that a subject behaves like, and in how many scenarios each; empty if like none.

    The first is the one that breaks in most of the scenarios in which the subject breaks, and differs from it in
    fewest; then, in the same way, those for what is left. Several that nothing tells apart are all named. `expected` is the table of the lab's own handlers.
    """
    causes = _causes(rows, expected)
    return f"behaves like {', like '.join(cause.text for cause in causes)}" if causes else ""


def remedies(rows: Sequence[Checked], expected: Mapping[str, Mapping[str, str]]) -> Mapping[str, tuple[str, ...]]:
    """What to do, and the ids of the broken scenarios that it is about; what the likely cause explains comes first.

    What one handler explains is one cause and has one remedy: that of the first scenario which this handler must break.
    """
    broken = {row.scenario.id: row.scenario for row in rows if row.state == "broken"}
    meant: dict[str, str] = {}
    for cause in _causes(rows, expected):
        explained = [id_ for id_ in broken if id_ in cause.explained]
        own = next((broken[id_].remedy for id_ in explained if {*cause.names} & {*broken[id_].must_break}), "")
        meant |= {id_: own or broken[id_].remedy for id_ in explained}
    meant |= {id_: scenario.remedy for id_, scenario in broken.items() if id_ not in meant}
    said = dict.fromkeys(text for text in meant.values() if text)
    return {text: tuple(id_ for id_ in meant if meant[id_] == text) for text in said}


@dataclass(frozen=True, slots=True)
class _Cause:
    names: tuple[str, ...]
    text: str
    explained: frozenset[str]


def _causes(rows: Sequence[Checked], expected: Mapping[str, Mapping[str, str]]) -> list[_Cause]:
    told = {row.scenario.id: row.state for row in rows if row.state in {"holds", "broken"}}
    convicted = [name for row in rows if row.state == "broken" for name in row.scenario.must_break]
    names = dict.fromkeys([*convicted, *(name for row in expected.values() for name in row)])
    left, causes = {id_ for id_ in told if told[id_] == "broken"}, list[_Cause]()
    while left:
        best, most = None, (0, 0)
        for name in names:
            known = [id_ for id_ in told if name in expected.get(id_, {})]
            alike = {id_ for id_ in known if told[id_] == expected[id_][name]}
            score, explained = (len(alike & left) - (len(known) - len(alike)), len(alike)), frozenset(alike & left)
            if not explained or len(alike) < ENOUGH * len(known):
                continue
            same = best is not None and score == most and explained == best.explained
            if score > most or (same and name in convicted):  # nothing tells these two apart
                words = (*best.names, name) if best and same else (name,)
                text = f"{' or '.join(words)} in {len(alike)} of {len(known)} scenarios"
                best, most = _Cause(words, text, explained), score
        if best is None:
            break
        causes.append(best)
        left -= best.explained
    return causes
