"""Benchmarks of a server of the user's own, the example of the README in its mended form: a check, and tests with an app object."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from cookielab.errors import CommandFailed

from .measure import LAB, LONGEST, ROOT, Bench, Row, Sample, clock, run

NOTES = ROOT / "docs" / "examples" / "notes" / "app.py"
PROFILE = """run: env MENDED=1 flask run -p {port}
users: {alice: {password: pw-a}, bob: {password: pw-b}}
login: {form: /login}
me: {get: /, css: b}
note: {write: {form: {page: /, action: /note, fields: {text: "{canary}"}}}, read: {get: /, field: text}}
logout: {form: {page: /, action: /logout}}
"""
TESTS = """
import os
import pytest
os.environ["MENDED"] = "1"
from app import app
from cookielab.testing import Subject

@pytest.fixture(scope="session")
def cookielab_subject():
    return Subject.wsgi(app, profile="cookielab.yaml")

@pytest.mark.parametrize("number", range(6))
def test_who_is_who(lab, alice, bob, number):
    alice.login()
    bob.login()
    alice.whoami()
    bob.whoami()
"""
ENVIRONMENT = {"ENGINE": "netns", "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
_DURATION = re.compile(r"^ *([0-9.]+)s (setup|call|teardown) +test_notes\.py::test_who_is_who\[(\d)\]", re.MULTILINE)


@contextmanager
def folder() -> Iterator[Path]:
    """The application in a folder of its own, with a profile."""
    with TemporaryDirectory() as place:
        shutil.copy(NOTES, place)
        Path(place, "cookielab.yaml").write_text(PROFILE, encoding="utf-8")
        yield Path(place)


def check() -> Mapping[str, Sample]:
    """A whole check: when the first scenario's row is there, and when all are."""
    first = Sample()
    with folder() as place, clock() as whole:
        begun = time.perf_counter()
        argv, environment = (LAB, "check"), {**os.environ, **ENVIRONMENT}
        with subprocess.Popen(
            argv, cwd=place, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            text=True,
        ) as process:  # fmt: skip
            for line in process.stderr or ():
                if re.match(r"  cycle +holds", line):
                    first.value = time.perf_counter() - begun
        if process.returncode:
            raise CommandFailed(argv, process.returncode, "the example does not hold")
    return {"first": first, "all": whole}


def tests() -> Mapping[str, Sample]:
    """Six tests with people: what the first costs, with the lab, and what each further one."""
    with folder() as place:
        (place / "test_notes.py").write_text(TESTS, encoding="utf-8")
        argv = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--durations=0", "-vv")
        done = subprocess.run(
            argv,
            cwd=place,
            env={**os.environ, **ENVIRONMENT},
            capture_output=True,
            text=True,
            timeout=LONGEST,
            check=False,
        )
    if done.returncode:
        raise CommandFailed(argv, done.returncode, done.stdout)
    spent = [0.0] * 6
    for seconds, _, number in _DURATION.findall(done.stdout):
        spent[int(number)] += float(seconds)
    return {"first": Sample(spent[0]), "further": Sample(sum(spent[1:]) / 5)}


def told() -> Mapping[str, Sample]:
    """The command that does nothing but tell what there is."""
    with clock() as sample:
        run((LAB, "--help"))
    return {"help": sample}


BENCHES = (
    Bench(
        "check",
        "`cookielab check` of docs/examples/notes on Flask, mended: preflight, nineteen scenarios, each with its power check",
        {
            "first": Row("netns: check, command start to the first row", limit=4),
            "all": Row("netns: check, all its scenarios", limit=30),
        },
        5,
        check,
    ),
    Bench(
        "tests",
        "pytest with the fixtures lab, alice and bob and the same app as an object, two logins and two looks a test; pytest's "
        "own durations of set-up, call and end",
        {
            "first": Row("netns: the first test, with the lab and the preflight", limit=1),
            "further": Row("netns: each further test", limit=0.3),
        },
        5,
        tests,
    ),
    Bench("help", "`cookielab --help`", {"help": Row("cookielab --help", limit=0.15)}, 9, told),
)
