"""Identity is: a number that the server counts up in its memory, and finds in its table.

Two mistakes in one. The next number is no secret, so anybody can be anybody by counting. And after a restart counting
begins again: the next one to come gets the number that Alice still holds in her browser, and she is them.

It happened: predictable identifiers are CWE-340. https://cwe.mitre.org/data/definitions/340.html
"""

from itertools import count

from ..table import Table


class MemoryCounter(Table):
    """Gives out numbers, like a butcher's shop."""

    def __init__(self, max_age: int | None = None) -> None:
        super().__init__(max_age)
        self._next = count(1001)

    def new_id(self) -> str:
        return str(next(self._next))
