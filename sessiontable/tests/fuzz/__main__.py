"""Fuzzing of the cookie side: `make fuzz`, or `python -m tests.fuzz --inputs 1000000 --seed 1`.

Guided by coverage where atheris is installed (dependency group `fuzz`); what it mutates comes half from its own tricks and
half from our grammar. Elsewhere all inputs come from the grammar. An input that breaks a rule is kept in .lab/fuzz/ and can
be given as an argument to be judged again. Exit code 0: all inputs held; 1: one did not.
"""

import argparse
import importlib
import os
import sys
import time
import traceback
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from types import ModuleType

from tests.fuzz import grammar
from tests.fuzz.corpus import seeds

KEPT = Path(".lab/fuzz")
_LONGEST = 4096
_STEPS = 20


class Run:
    """Counts and judges inputs, and tells how far it is."""

    def __init__(self, inputs: int, judge: Callable[[bytes], None]) -> None:
        self.inputs, self.done, self._judge, self._began = inputs, 0, judge, time.monotonic()

    def input(self, data: bytes) -> bool:
        """Whether there is more to do. A fault ends the process at once, past any fuzzer's own handling."""
        try:
            self._judge(data)
        except KeyboardInterrupt:
            os._exit(130)
        except BaseException as error:
            _report(data, error)
            os._exit(1)
        self.done += 1
        if self.done % max(1, self.inputs // _STEPS) == 0:
            rate = self.done / (time.monotonic() - self._began)
            print(f"{self.done:>10,} inputs  {rate:>8,.0f}/s", flush=True)
        return self.done < self.inputs

    def end(self) -> None:
        seconds = time.monotonic() - self._began
        print(f"{self.done:,} inputs in {seconds:.0f} s, {self.done / seconds:,.0f} inputs/s: no fault", flush=True)


def _report(data: bytes, error: BaseException) -> None:
    KEPT.mkdir(parents=True, exist_ok=True)
    path = KEPT / sha256(data).hexdigest()[:16]
    path.write_bytes(data)
    traceback.print_exception(error)
    print(f"fault, input kept: python -m tests.fuzz {path}", file=sys.stderr, flush=True)


def _guided(fuzzer: ModuleType, inputs: int, seed: int) -> None:
    with fuzzer.instrument_imports(include=["sessiontable"], enable_loader_override=False):
        from tests.fuzz.judge import judge
    random = Random(seed)
    run = Run(inputs, judge)

    def one(data: bytes) -> None:
        if not run.input(data):
            run.end()
            os._exit(0)

    def mutated(data: bytes, longest: int, seed: int) -> bytes:
        own: bytes = fuzzer.Mutate(data, len(data)) if random.random() < 0.5 else grammar.request(random)
        return own[:longest]

    with TemporaryDirectory() as corpus:
        for number, text in enumerate(seeds()):
            Path(corpus, str(number)).write_bytes(text)
        options = [f"-seed={seed}", f"-max_len={_LONGEST}", "-verbosity=0", corpus]
        fuzzer.Setup([sys.argv[0], *options], one, custom_mutator=mutated)
        fuzzer.Fuzz()


def _from_grammar(inputs: int, seed: int) -> None:
    from tests.fuzz.judge import judge

    random, run = Random(seed), Run(inputs, judge)
    more = all(run.input(data) for data in seeds())
    while more:
        more = run.input(grammar.request(random))
    run.end()


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__.partition("\n")[0])
    parser.add_argument("--inputs", type=int, default=1_000_000, metavar="N", help="how many (default: 1000000)")
    parser.add_argument("--seed", type=int, default=int(time.time()) % 1_000_000, help="to get the same run again")
    parser.add_argument("--plain", action="store_true", help="from the grammar alone, without atheris")
    parser.add_argument("kept", nargs="*", type=Path, help="inputs to judge again, and nothing else")
    options = parser.parse_args(argv)
    if options.kept:
        from tests.fuzz.judge import judge

        run = Run(len(options.kept), judge)
        for path in options.kept:
            run.input(path.read_bytes())
        return 0
    try:
        fuzzer = None if options.plain else importlib.import_module("atheris")
    except ImportError:
        fuzzer = None
    print(f"{options.inputs:,} inputs, seed {options.seed}, {'atheris' if fuzzer else 'grammar alone'}", flush=True)
    if fuzzer:
        _guided(fuzzer, options.inputs, options.seed)
    else:
        _from_grammar(options.inputs, options.seed)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
