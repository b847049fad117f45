"""What `check` and `login` share: which subject the words and options name, and a lab for it."""

import argparse
import shlex
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

from ..errors import LabError, UsageError, one_of
from ..lab import evidence
from ..lab.capture import capturing
from ..lab.state import Lab
from ..meant import PROGRAM, command_for
from ..report.plain import plain
from ..report.progress import Progress
from ..stage.agents import Agents
from ..stage.catalogue import catalogued, expected
from ..stage.checking import Check
from ..subjects import reading
from ..subjects.finding import Found, starting
from ..subjects.kinds import Brought
from ..subjects.profile import Image, Profile
from ..subjects.running import NOT_HERE
from .run import Wish, somewhere

DEFAULT = "cookielab.yaml"
NOT_ENOUGH = (
    "not enough was found out to check anything. Missing:\n{lines}\n"
    "`cookielab init` with the same options writes a file in which this can be filled in"
)
NOTHING = (
    "nothing in this folder shows how a server is started{file}. Say it, or where one runs, and who can log in:\n"
    "  cookielab {command} --run 'flask --app app run -p {{port}}' --user alice:pw --user bob:pw\n"
    "  cookielab {command} --url http://127.0.0.1:8000 --user alice:pw --user bob:pw\n"
    "  cookielab {command} --compose compose.yaml --user alice:pw --user bob:pw"
)
WHO = "two who have an account are needed, for example:\n  {line}"
ANYBODY = ("alice:HER-PASSWORD", "bob:HIS-PASSWORD")
OPTIONS = ("run", "url", "compose", "setup", "login", "me", "logout", "preset")
WHERE = ("run", "url", "compose")
"""The options that say where the server is."""


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
                f"  cookielab {arguments.command} --run {command_for([word])} --user alice:pw --user bob:pw"
            )
    if len(files) > 1:
        raise UsageError(f"two profiles are named, {files[0]} and {files[1]}; check one at a time")
    return (Path(files[0]) if files else None), [word for word in words if word not in files]


def subject(arguments: argparse.Namespace, path: Path | None) -> Brought:
    """What is to be tested: a profile from a file, from options, or from both, where the options win."""
    guessed: dict[str, str] = {}
    if path is None and not any(getattr(arguments, name) for name in WHERE):
        if arguments.command != "init" and Path(DEFAULT).is_file():
            path = Path(DEFAULT)
        else:
            guessed = _guessed(arguments)
    given = {name: value for name in OPTIONS if (value := getattr(arguments, name))}
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
    return Brought(str(name), profile, folder, owned=tuple(arguments.i_own), guessed=guessed)


def _guessed(arguments: argparse.Namespace) -> dict[str, str]:
    """Puts into the options how the server of this folder is started, and gives why that is believed, by option.

    UsageError where nothing shows it, or several things do.
    """
    found = starting.starts(Path.cwd())
    if not found:
        file = "" if arguments.command == "init" else f", and there is no {DEFAULT}"
        raise UsageError(NOTHING.format(command=arguments.command, file=file))
    if len(found) > 1:
        typed = [typing(arguments, each.words) for each in found]
        width = max(map(len, typed))
        lines = "\n".join(f"  {line:{width}}   # {each.why}" for line, each in zip(typed, found, strict=True))
        raise UsageError(f"{len(found)} things in this folder can be started; say which:\n{lines}")
    (start,) = found
    words = {key: value for key, value in start.words.items() if not getattr(arguments, key)}
    for key, value in words.items():
        setattr(arguments, key, value)
    return {key: start.reasons[key] for key in words}


def typing(
    arguments: argparse.Namespace,
    more: Mapping[str, str] = MappingProxyType({}),
    *,
    guessed: Collection[str] = (),
    users: Sequence[str] = (),
    force: bool = False,
) -> str:
    """The command as it was typed, with `more` options; `guessed` are those that need not be typed.

    `users`: where it names none; `force`: over the file that it has written.
    """
    said = {key: value for key in OPTIONS if key not in guessed and (value := getattr(arguments, key))}
    words = ["cookielab", arguments.command, *(["--force"] if force else [])]
    words += [word for word in arguments.words if word != arguments.url]
    words += [word for key, value in (said | dict(more)).items() for word in (f"--{key}", value)]
    words += [word for user in arguments.user or users for word in ("--user", user)]
    return shlex.join(words)


def who(arguments: argparse.Namespace, subject: Brought, found: Found, *, force: bool = False) -> str:
    """The line to type where nobody is known who could log in; empty where somebody is."""
    if "users" not in found.lacking:
        return ""
    return WHO.format(line=typing(arguments, guessed=subject.guessed, users=ANYBODY, force=force))


def _contained(profile: Profile) -> str:
    """What to call a server in a container."""
    if profile.compose:
        return profile.compose.service
    return profile.image.name if isinstance(profile.image, Image) else profile.image or ""


def completed(arguments: argparse.Namespace, check: Check, progress: Progress) -> None:
    """Where no file says how the server is used, what the options do not say is found out, and told line by line.

    LabError where that is not enough to check anything.
    """
    quiet = arguments.json
    if check.subject.profile.file is not None:
        return
    progress.now("finding out how people use the server")
    found = check.find_out()
    progress.end()
    out = sys.stderr if quiet else sys.stdout
    for line in found.guesses:
        print(f"found out: {plain(line)}", file=out)
    if found.lacking:
        needed = NOT_ENOUGH.format(lines="\n".join(f"  {plain(line)}" for line in found.missing))
        raise LabError("\n".join(filter(None, (needed, who(arguments, check.subject, found)))))
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
