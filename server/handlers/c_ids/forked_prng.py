"""Identity is: an id of the table, made by one of two workers that were forked with one random generator in memory.

A fork copies everything, also what the generator will say next. So both workers make the same ids in the same order, and
the second one's first visitor gets the id of the first one's. Python mends that for its own generator, and for no other.

It happened: https://github.com/JudgmentLabs/judgeval/pull/773
"""

import os
from contextlib import suppress
from itertools import cycle
from multiprocessing import Pipe
from random import Random

from ..table import Guest, Table


class Worker:
    """A process of its own that makes the ids of those who log in, until the server ends."""

    def __init__(self, generator: Random) -> None:
        self.pipe, theirs = Pipe()
        if os.fork() == 0:
            self.pipe.close()
            with suppress(EOFError):
                while theirs.recv_bytes():
                    theirs.send_bytes(f"{generator.getrandbits(128):032x}".encode())
            os._exit(0)
        theirs.close()


class ForkedPrng(Table):
    """Shakes the dice, and then makes two of everybody."""

    def __init__(self, max_age: int | None = None) -> None:
        super().__init__(max_age)
        generator = Random()  # noqa: S311 - that is the mistake, or half of it
        self.workers = cycle([Worker(generator), Worker(generator)])

    def meet(self, guest: Guest) -> None:
        """No id before the login."""

    def new_id(self) -> str:
        pipe = next(self.workers).pipe
        pipe.send_bytes(b"?")
        return pipe.recv_bytes().decode()
