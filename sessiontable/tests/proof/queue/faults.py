"""Deliberate faults of the queue: a few words of its code put differently, each of which the orders must catch.

They are changes of the code as it stands: where the words are no longer there, the fault has to be written anew.
"""

import inspect
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from types import ModuleType
from typing import Any
from unittest.mock import patch

from sessiontable.sqlite import asynchronous, group, store


@dataclass(frozen=True)
class QueueFault:
    """`changes`: what stands in the module, and what stands there instead; `story`: the program that shows it."""

    name: str
    story: str
    breaks: tuple[str, ...]
    module: ModuleType
    changes: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        return self.name

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """While the context lasts, stores opened for asyncio have the fault."""
        source = inspect.getsource(self.module)
        for old, new in self.changes:
            assert source.count(old) == 1, (
                f"{self.module.__name__} has {old!r} {source.count(old)} times: write it anew"
            )
            source = source.replace(old, new)
        spoilt: Any = ModuleType(self.module.__name__)
        spoilt.__package__ = self.module.__package__
        with ExitStack() as stack:
            stack.enter_context(patch.dict(sys.modules, {spoilt.__name__: spoilt}))
            exec(compile(source, f"{self.module.__file__} with {self.name}", "exec"), vars(spoilt))
            if self.module is group:
                stack.enter_context(patch.object(asynchronous, "Group", spoilt.Group))
            else:
                stack.enter_context(patch.object(store, "AsyncSQLiteStore", spoilt.AsyncSQLiteStore))
            yield


def in_group(name: str, story: str, breaks: tuple[str, ...], *changes: tuple[str, str]) -> QueueFault:
    return QueueFault(name, story, breaks, group, changes)


def in_face(name: str, story: str, breaks: tuple[str, ...], *changes: tuple[str, str]) -> QueueFault:
    return QueueFault(name, story, breaks, asynchronous, changes)


QUEUE_FAULTS = [
    in_group(
        "answered before COMMIT",
        "COMMIT fails, write, update",
        ("durability", "steadiness"),
        (
            '    connection.execute("COMMIT")\n    return answers',
            "    for (future, _, _), answer in zip(work, answers, strict=True):\n"
            "        future.done() or future.set_result(answer)\n"
            '    connection.execute("COMMIT")\n    return answers',
        ),
    ),
    in_group(
        "a group that fails is not done again",
        "full disk, write",
        ("steadiness",),
        ("if len(work) > 1:\n", "if False:\n"),
        ("self._answer(loop, work, [error])", "self._answer(loop, work, [error] * len(work))"),
    ),
    in_group(
        "after a failure the rest is dropped",
        "full disk, write",
        ("steadiness",),
        ("answers.append(error)", "answers += [error] * (len(work) - len(answers)); break"),
    ),
    in_group(
        "after a failure the rest is left waiting",
        "full disk, write",
        ("steadiness",),
        ("answers.append(error)", "answers.append(error); break"),
        ("zip(work, answers, strict=True)", "zip(work, answers)"),
    ),
    in_group(
        "a group without a transaction",
        "full disk, write",
        ("durability",),
        ('    connection.execute("BEGIN IMMEDIATE")\n', ""),
        ('    connection.execute("COMMIT")\n', ""),
    ),
    in_group(
        "who has given up is done all the same",
        "a write that is given up, write",
        ("durability",),
        (" if not each.answer.done()]", "]"),
    ),
    in_group(
        "the last one first",
        "write a, write a",
        ("order",),
        ("for each in self._waiting[:_MOST] if", "for each in self._waiting[:_MOST][::-1] if"),
    ),
    in_group(
        "answers for each other",
        "login of two",
        ("durability", "finality"),
        ("zip(work, answers, strict=True)", "zip(work, answers[::-1], strict=True)"),
    ),
    in_group(
        "who has given up is answered again",
        "held elsewhere, given up, write",
        ("steadiness",),
        ("            if future.done():\n                continue  # its caller has given up\n", ""),
    ),
    in_group(
        "what came meanwhile is forgotten",
        "held elsewhere, write, write",
        ("steadiness",),
        ("        if self._waiting:\n            loop.call_soon(self._commit, loop)\n", ""),
    ),
    in_group(
        "two groups at a time",
        "held elsewhere, write, write",
        ("order",),
        ("if not self._under_way:", "if True:"),
    ),
    in_group(
        "an error is no error",
        "full disk, write",
        ("finality", "durability", "steadiness"),
        (
            "self._answer(loop, work, [error])",
            "self._answer(loop, work, [__import__('sessiontable').store.Outcome.DONE])",
        ),
    ),
    in_group(
        "locked too long is told to one",
        "held elsewhere too long, write, write",
        ("durability", "finality"),
        (
            "return self._each_alone(work)\n            return [error] * len(work)",
            "return self._each_alone(work)\n            return [error, *[__import__('sessiontable').store.Outcome.DONE] * (len(work) - 1)]",
        ),
    ),
    in_group(
        "the event loop waits",
        "held elsewhere, write, write",
        ("steadiness",),
        (
            "        except Locked:\n            self._hand_over(loop, self._wait, work)",
            "        except Locked:\n            self._answer(loop, work, self._wait(work))",
        ),
    ),
    in_group(
        "a long group is cut",
        "three writes, two at most",
        ("steadiness",),
        ("del self._waiting[:_MOST]", "self._waiting.clear()"),
        ("_MOST = 100", "_MOST = 2"),
    ),
    in_group(
        "nobody is told that there are no threads",
        "no threads any more, write, logout",
        ("steadiness",),
        (
            "any more\n            self._answer(loop, work, [error] * len(work))",
            "any more\n            _ = error",
        ),
    ),
    in_face(
        "a read that meets a lock finds nobody",
        "a read meets a lock, write",
        ("durability",),
        ("return await to_thread(self._file.read, Connection.read, key, now)", "return None"),
    ),
    in_face(
        "a logout is done when it is begun",
        "write, logout",
        ("durability", "finality"),
        (
            "return bool(await self._write(Connection.delete, key))",
            '__import__("asyncio").Task(self._write(Connection.delete, key)); return True',
        ),
    ),
    in_face(
        "a queue for each write",
        "held elsewhere, write, write",
        ("order",),
        (
            "if loop is not known:\n            group = self._groups.setdefault(loop, Group(self._file))",
            "if loop:\n            group = Group(self._file)",
        ),
    ),
    in_face(
        "one queue for two loops",
        "two loops, write a, write a",
        ("steadiness",),
        ("if loop is not known:", "if known is None:"),
    ),
    in_face(
        "a logout past the queue",
        "held elsewhere, write, logout",
        ("steadiness", "order"),
        ("await self._write(Connection.delete, key)", "self._file.write(Connection.delete, key)"),
    ),
]
"""Each with a program that shows it, and the invariants one of which it must break."""
