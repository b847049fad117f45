"""Several things done at the same moment."""

import threading
from collections.abc import Callable, Sequence


def at_once[Given](steps: Sequence[Callable[[], Given]]) -> list[Given]:
    """What each step gave, in their order; none begins before all are ready. The first error is raised when all have ended."""
    gate = threading.Barrier(len(steps))
    given: dict[int, Given] = {}
    failed: dict[int, BaseException] = {}

    def take(number: int, step: Callable[[], Given]) -> None:
        gate.wait()
        try:
            given[number] = step()
        except BaseException as error:
            failed[number] = error

    threads = [threading.Thread(target=take, args=each, daemon=True) for each in enumerate(steps)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[min(failed)]
    return [given[number] for number in range(len(steps))]
