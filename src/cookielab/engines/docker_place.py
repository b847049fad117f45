"""Where in a container a process runs, as whom, and whose it is.

Docker does not end such a process when the command that started it is killed. So each one carries a mark that names its
owner, and what carries the mark of an owner who has ended is swept away by the next one who comes.
"""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .owner import ended, mark

if TYPE_CHECKING:
    from docker import APIClient

OWNER = "COOKIELAB_OWNER"
DISARM = "setpriv --no-new-privs --inh-caps=-all --ambient-caps=-all --bounding-set=-all --init-groups --reuid {0} --regid {0}"
SWEEP = (
    f'for p in /proc/[0-9]*; do grep -qzxF "{OWNER}=$1" $p/environ && kill -9 "${{p#/proc/}}"; done 2>/dev/null; true'
)


@dataclass(frozen=True, slots=True)
class Place:
    """A container and a user; `user` empty is the image's own.

    `unarmed`: it has no capability and can never get one, which Docker's own change of user does not see to.
    """

    container: str
    user: str = ""
    unarmed: bool = False

    def options(self, environment: Mapping[str, str] | None = None) -> dict[str, Any]:
        """What Docker is told: the user to begin with, and the process's environment with the mark of its owner."""
        begins, home = ("root", {"HOME": f"/home/{self.user}"}) if self.unarmed else (self.user, {})
        return {"user": begins, "environment": {**home, **(environment or {}), OWNER: mark()}}

    def shell(self, prelude: str, argv: Sequence[str]) -> list[str]:
        """The line of shell that becomes the program."""
        through = f"exec {DISARM.format(self.user)} " if self.unarmed else "exec "
        return ["sh", "-c", f'{prelude}{through}"$@"', mark(), *argv]


def run(api: "APIClient", place: Place, *argv: str) -> None:
    """Runs a command to its end; nothing happens where the container has stopped or gone."""
    from docker.errors import APIError

    with suppress(APIError):
        ident = api.exec_create(place.container, list(argv), user=place.user)["Id"]
        api.exec_start(ident)


def sweep(api: "APIClient", container: str) -> None:
    """Ends what killed commands have left running in a container, and only that."""
    from docker.errors import NotFound

    for ident in api.inspect_container(container)["ExecIDs"] or ():
        with suppress(NotFound):
            state = api.exec_inspect(ident)
            config = state["ProcessConfig"]
            match config["arguments"]:
                case ["-c", line, owner, *_] if state["Running"] and ended(owner):
                    became = re.search(r" --reuid (\w+) ", line)
                    end(api, Place(container, became[1] if became else config.get("user", "")), owner)


def end(api: "APIClient", place: Place, owner: str) -> None:
    """Kills everything at a place that carries the owner's mark. Only the same user may read the marks."""
    run(api, place, "sh", "-c", SWEEP, "sh", owner)
