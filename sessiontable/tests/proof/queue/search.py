"""All orders of a play, but for what comes after a state in which an earlier play has been: that has been played."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass

from ..schedule import explore

type Choose = Callable[[int, Callable[[], Hashable]], int]
"""Which one of so many goes on, in this state."""


class Known(Exception):
    """An earlier play has been here."""


@dataclass
class Count:
    """`plays` were begun, `states` found with a choice; together they stand for `orders`, all that there are if `complete`."""

    plays: int
    states: int
    orders: int
    complete: bool


def explore_states(once: Callable[[Choose], None], most: int = 1_000_000, *, every: bool = False) -> Count:
    """Play every order there is, or the first `most`. `every`: leave none out, though its end be known."""
    after: dict[tuple[int, int], int] = {}  # a state and a choice lead to the next state, 0 at the end
    known, last, states = set[int](), list[int](), list[int]()

    def one(choose: Callable[[int], int]) -> None:
        nonlocal last, states
        now, met, new = list[int](), list[int](), not last

        def chosen(options: int, state: Callable[[], Hashable]) -> int:
            nonlocal new
            here = hash(state()) if new else states[len(now)]
            if now:
                after[met[-1], now[-1]] = here
            if new and here in known and not every:
                raise Known
            known.add(here)
            at = choose(options)
            met.append(here)
            now.append(at)
            new = new or at != last[len(now) - 1]
            return at

        try:
            once(chosen)
        except Known:
            pass
        else:
            if now:
                after[met[-1], now[-1]] = 0
        last, states = now, met

    plays = explore(one, most)
    return Count(plays, len(known), _orders(after, states), plays < most)


def _orders(after: dict[tuple[int, int], int], states: list[int]) -> int:
    """How many ways lead from the first state to an end."""
    ways, next_of = {0: 1}, dict[int, list[int]]()
    for (state, _), following in after.items():
        next_of.setdefault(state, []).append(following)
    todo = states[:1]
    while todo:
        state = todo[-1]
        missing = [each for each in next_of.get(state, ()) if each not in ways]
        if missing:
            todo += missing
        else:
            ways[todo.pop()] = sum(ways[each] for each in next_of.get(state, ()))
    return ways[states[0]] if states else 1
