"""What `check` and `login` share: which subject the words and options name, and a lab for it."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ..errors import LabError, UsageError, one_of
from ..lab import evidence
from ..lab.capture import capturing
from ..lab.state import Lab
from ..meant import PROGRAM, starting
from ..report.plain import plain
from ..report.progress import Progress
from ..stage.agents import Agents
from ..stage.catalogue import catalogued, expected
from ..stage.checking import Check
from ..subjects import reading
from ..subjects.kinds import Brought
from ..subjects.profile import Image, Profile
from ..subjects.running import NOT_HERE
from .run import Wish, somewhere

DEFAULT = "cookielab.yaml"
NOT_ENOUGH = (
    "not enough was found out to check anything. Missing:\n{lines}\n"
    "`cookielab init` with the same options writes a file in which this can be filled in"
)
OPTIONS = ("run", "url", "compose", "login", "me", "logout", "preset")


def split(arguments: argparse.Namespace) -> tuple[Path | None, list[str]]:
    """The profile among the words, if there is one, and the scenario ids. A URL among them is what `--url` says."""
    words: Sequence[str] = arguments.words
    for url in (word for word in words if word.startswith(("http://", "https://"))):
        if arguments.url or arguments.run:
            raise UsageError(f"{url} and {arguments.url or arguments.run!r} are two servers; check one at a time")
        arguments.url = url
    words = [word for word in words if word != arguments.url]
    files = [word for word in words if word.endswith((".yaml", ".yml")) or "/" in word]
    for word in words:
        if PROGRAM.fullmatch(word):
            raise UsageError(
                f"{word} is a program, and a profile ends with .yaml; to have it started and used, for example:\n"
                f"  cookielab {arguments.command} --run {starting([word])} --user alice:pw --user bob:pw"
            )
    if len(files) > 1:
        raise UsageError(f"two profiles are named, {files[0]} and {files[1]}; check one at a time")
    return (Path(files[0]) if files else None), [word for word in words if word not in files]


def subject(arguments: argparse.Namespace, path: Path | None) -> Brought:
    """What is to be tested: a profile from a file, from options, or from both, where the options win."""
    given = {name: value for name in OPTIONS if (value := getattr(arguments, name))}
    if path is None and not (given.keys() & {"run", "url", "compose"}):
        path = Path(DEFAULT)
        if not path.is_file():
            raise UsageError(
                f"there is no {DEFAULT} here, and no --run or --url says what to test. For example:\n"
                "  cookielab check --run 'flask run -p {port}' --login /login --me /profile --user alice:pw --user bob:pw"
            )
    over = reading.load(path) if path else None
    profile = reading.from_options(**given, users=arguments.user, over=over) if given or arguments.user else over
    assert profile is not None  # a path, or options that say where the server is
    if not (profile.started or profile.url):
        raise UsageError(
            f"{path}: nothing says where the server is; give `run:`, `url:`, `compose:` or `image:` in it, or --run or --url"
        )
    for scenario in profile.skip:
        one_of(catalogued(), scenario, f"scenario to skip in {path or 'the profile'}:")
    folder = path.parent.resolve() if path else Path.cwd()
    name = (
        path.stem
        if path and path.stem != "cookielab"
        else profile.run or profile.url or _contained(profile) or folder.name
    )
    return Brought(str(name), profile, folder, owned=tuple(arguments.i_own))


def _contained(profile: Profile) -> str:
    """What to call a server in a container."""
    if profile.compose:
        return profile.compose.service
    return profile.image.name if isinstance(profile.image, Image) else profile.image or ""


def completed(check: Check, progress: Progress, *, quiet: bool = False) -> None:
    """Where no file says how the server is used, what the options do not say is found out, and told line by line.

    LabError where that is not enough to check anything.
    """
    if check.subject.profile.file is not None:
        return
    progress.now("finding out how people use the server")
    found = check.find_out()
    progress.end()
    out = sys.stderr if quiet else sys.stdout
    for line in found.guesses:
        print(f"found out: {plain(line)}", file=out)
    if found.lacking:
        raise LabError(NOT_ENOUGH.format(lines="\n".join(f"  {plain(line)}" for line in found.missing)))
    for line in found.missing:
        print(f"not found: {plain(line)}", file=out)
    if not quiet:
        print()
    check.subject.profile = found.profile


@contextmanager
def session(arguments: argparse.Namespace, brought: Brought) -> Iterator[tuple[Lab, Check]]:
    """A lab with the subject's check in it; the subject ends with it."""
    if brought.profile.contained:
        if arguments.engine == "netns":
            kind = "compose" if brought.profile.compose else "image"
            raise UsageError(f"{kind}: needs containers, which the netns engine has not; use ENGINE=docker")
        arguments.engine = "docker"
    elif brought.profile.run:
        if arguments.engine == "docker":
            raise UsageError(NOT_HERE.format(engine="docker"))
        arguments.engine = "netns"  # the folder and the programs are the machine's own, which an image has not
    with somewhere(Wish(arguments.engine, "off", None)) as (lab, _):
        folder = evidence.begin(f"{arguments.command} {brought.name}")
        brought.log = folder / "server.log"
        # a lab that stays up may look into its connections, as a stranger who has no certificate of the subject's
        with capturing(lab, "off", folder), Agents(lab.engine) as agents:
            try:
                yield lab, Check(lab.engine, agents, brought, folder, expected())
            finally:
                brought.close()
                for user, password in brought.passwords.items() if brought.profile.url else ():
                    print(
                        f"{user}'s password at the server is now {password}: it was not changed back", file=sys.stderr
                    )
