"""Makes docs/found-out.md: which applications `cookielab init` logs into by itself: python -m tests.subjects.found_out

Each is given what a user types, the command that starts it and two users, or nobody where people can sign up; all else is
found out, written, and tried by the preflight on a server started anew. FOUND_OUT=8 tries the first eight alone.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory

from cookielab.commands.run import Wish, somewhere
from cookielab.errors import LabError
from cookielab.stage.agents import Agents
from tests.subjects import applications, beginnings, found
from tests.subjects.database import database

PAGE = Path(__file__).parents[2] / "docs" / "found-out.md"
MOST = int(os.environ.get("FOUND_OUT", "99"))
SIGN_UP = ("better-auth", "fastapi-users", "label-studio")
"""Applications where nobody has an account beforehand."""
APPLICATIONS = (*applications.NAMES, "fastapi-users", "trac", "roundup", "phpmyadmin", "label-studio")
HEAD = """# What `cookielab init` finds out by itself

Made by `make found-out`, not written by hand. Each application is given what a user would type: the command that starts it,
and two users with their passwords, or nobody where people can sign up. All else is found out, at most 200 requests each, and
written into a profile. It counts where the preflight is right by that profile, on a server started anew: Alice and Bob get in,
each is told from the other and from nobody, and what was found of a note and of the way out works.

They were at hand while this was written, so what they show is that it works, not how often it will.
The first eight are the frameworks' own first steps (`tests/subjects/first_steps/`), the others are real applications
(`tests/subjects/apps/`). {count} of {all} were logged into without a hand on the profile{left}.

| application | given | logged into | found and right | requests | seconds |
|---|---|---|---|---|---|
"""


def row(name: str, tried: found.Tried, *, users: bool) -> str:
    """One line of the table."""
    seconds, requests = tried.found.seconds, tried.found.requests
    verbs = ", ".join(tried.verbs) if tried.lets_in else f"seen: {', '.join(tried.verbs) or 'nothing'}"
    return f"| {name} | {'users' if users else 'nobody'} | {'yes' if tried.lets_in else 'no'} | {verbs} | {requests} | {seconds:.1f} |"


def tried_ones(agents: Agents, folder: Path) -> Iterator[tuple[str, found.Tried | None, bool, str]]:
    """Each application's name, what came out, whether users were given, and why it was not tried where it was not."""
    for name in (*beginnings.NAMES, *APPLICATIONS)[:MOST]:
        own = name in beginnings.NAMES
        lacks = beginnings.missing(name) if own else ""
        if lacks:
            yield name, None, False, lacks
            continue
        try:
            place = beginnings.place(name, folder) if own else applications.installed(name)
            given = beginnings.given(place / "cookielab.yaml", sign_up=name in SIGN_UP)
            with beside(name, folder):
                yield name, found.tried(agents, name, place, given, folder / f"{name}-tried"), "users" in given, ""
        except (LabError, AssertionError) as error:
            yield name, None, False, " ".join(str(error).split())[:200]


@contextmanager
def beside(name: str, folder: Path) -> Iterator[None]:
    """What an application needs to run beside it."""
    needs: AbstractContextManager[object] = database(folder) if name == "phpmyadmin" else nullcontext()
    with needs:
        yield


def main() -> int:
    """Tries all of them and writes the page."""
    rows, left, count = list[str](), list[str](), 0
    with TemporaryDirectory() as place, somewhere(Wish("netns", "off", None)) as (lab, _), Agents(lab.engine) as agents:
        for name, tried, users, lacks in tried_ones(agents, Path(place)):
            if tried is None:
                left.append(name)
                print(f"{name}: not tried, this machine lacks {lacks}", file=sys.stderr)
                continue
            print(tried.told(), file=sys.stderr)
            count += tried.lets_in
            rows.append(row(name, tried, users=users))
    said = f"; not tried here: {', '.join(left)}" if left else ""
    PAGE.write_text(HEAD.format(count=count, all=len(rows), left=said) + "\n".join(rows) + "\n", encoding="utf-8")
    print(f"written: {PAGE}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
