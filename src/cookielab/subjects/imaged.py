"""The kinds `image`, and `run` with an `image`: a container of the lab's own, behind walls from its first instruction on."""

import sys
from collections.abc import Mapping
from pathlib import Path

from ..engines import needs
from ..engines.base import Engine
from ..engines.docker_guests import Guests
from ..errors import UsageError
from .guest import Guest
from .profile import Image, Profile, Ready
from .running import words

ISOLATION = "it runs in a container without a network but the lab's, and what it writes is thrown away"


def start(
    engine: Engine, guests: Guests, profile: Profile, *, folder: Path, port: int, environment: Mapping[str, str],
    ready: Ready, log: Path | None,
) -> Guest:  # fmt: skip
    """Starts the image, or the profile's command in it, and returns when it is ready.

    A command finds a copy of `folder` where it begins, and `port` in PORT. UsageError where nothing says on which port
    the image listens.
    """
    image = profile.image if isinstance(profile.image, Image) else Image(name=profile.image or "")
    known = guests.fetch(image.name, lambda text: print(text, file=sys.stderr))
    given = dict(image.environment)
    argv = None
    if profile.run:
        port = image.port or port
        argv, more = words(profile.run, port)
        given = {**needs.passed({}), "PORT": str(port), **more, **given}
    else:
        port = image.port or _exposed(image.name, guests.exposed(known))
    container, holder = guests.start(image.name, argv, given, folder if profile.run else None)
    guest = Guest(
        profile.run or image.name, engine, guests, container, port=port, ready=ready, log=log,
        end=lambda: guests.remove(container, holder),
    )  # fmt: skip
    try:
        guest.wait()
        if profile.setup:
            guest.execute(profile.setup, "setup")
    except BaseException:
        guest.stop(log)
        raise
    guest.notes.append(ISOLATION)
    return guest


def _exposed(name: str, ports: list[int]) -> int:
    if len(ports) == 1:
        return ports[0]
    which = f"exposes {', '.join(map(str, ports))}" if ports else "exposes no port"
    raise UsageError(f"image: {name} {which}; say which one is meant, as in image: {{name: {name}, port: 8000}}")
