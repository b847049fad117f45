"""All that a play did and saw, and the judge: some order of it, one step at a time, must explain every answer."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, combinations, product

from .history import Answer, Done, Explained, explained
from .steps import GONE, Both, EndAll, Ended, Leave, Login, Logout, Looks
from .verdicts import broken


@dataclass
class Story:
    """`ids`: of the sessions that there were before, and after them those that were issued; `world`: how it began.

    `perhaps`: for each step whose caller has given up, what it may have done, if it did anything.
    """

    world: Explained
    ids: list[str]
    done: list[Done] = field(default_factory=list)
    perhaps: list[list[Done]] = field(default_factory=list)
    before: int = 2

    def judge(self, looks: dict[str, Answer], tick: int) -> None:
        """`looks`: what is there at the end for each id. Raises Broken, with the invariant, where no order explains it."""
        self.done.append(Done(-1, Looks(), tick, tick, looks))
        begun = [each for each in self.ids[self.before :] if not looks[each]]
        logins = [done.who for done in self.done if isinstance(done.step, Login)] if self.world.two_steps else []
        if not any(
            explained(self._parts(more, twice, [each for each in also if each]), self.world)
            for also in product(*([None, *each] for each in self.perhaps))
            for twice in chain.from_iterable(combinations(logins, n) for n in range(len(logins) + 1))
            for more in chain.from_iterable(combinations(begun, n) for n in range(2))
        ):
            self._name(looks)

    def _parts(self, more: Iterable[str], twice: Iterable[int], also: Sequence[Done]) -> list[Done]:
        """What was done, with the end of all sessions told as the end of each, and of some `more`, and with the logins
        of some requests told in two steps."""
        parts: list[Done] = []
        for done in (*self.done, *also):
            if isinstance(done.step, EndAll):
                ends = [Ended(root) for root in (*done.step.roots, *more)]
                parts += [replace(done, step=end, who=-2 - at) for at, end in enumerate(ends, len(parts))]
            elif isinstance(done.step, Both) and isinstance(done.answer, list):
                writes = zip((done.step.first, done.step.second), done.answer, strict=True)
                parts += [replace(done, step=step, answer=answer) for step, answer in writes]
            elif isinstance(done.step, Login) and done.who in twice:
                parts += [replace(done, step=Leave(done.step), answer=None), done]
            else:
                parts.append(done)
        return parts

    def _name(self, looks: dict[str, Answer]) -> None:
        """What is broken where no order explains the answers."""
        story = "; ".join(f"{done.who}: {done.step} -> {done.answer!r}" for done in self.done)
        for done in self.done:
            if isinstance(done.step, Login | Logout) and done.answer != GONE and looks[done.step.sent]:
                broken("finality", f"{done.step} was answered, and the id opens {looks[done.step.sent]!r}: {story}")
        gone = set[int]()
        for done in self.done:
            if done.answer == GONE:
                gone.add(done.who)
            elif done.who in gone and not isinstance(done.step, Logout):
                broken("finality", f"request {done.who} was told that its session is gone, and went on: {story}")
            if isinstance(done.step, EndAll) and any(looks[each] for each in self.ids):
                broken("finality", f"something is left after {done.step}: {story}; {looks}")
        broken("durability", f"no order explains what is there, {looks}: {story}")
