"""Programs that some tests use and not every machine has: browsers, openssl, a Redis server."""

import os
from shutil import which

import pytest

PATH = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/sbin"))
"""As the lab looks for programs: a user's own PATH often ends short."""


def need(*programs: str) -> None:
    """Skips the test where a program is missing, saying which; where COOKIELAB_REQUIRE_TOOLS lists it, that is a failure."""
    for program in programs:
        if which(program, path=PATH) is None:
            if program in os.environ.get("COOKIELAB_REQUIRE_TOOLS", "").split(","):
                pytest.fail(
                    f"COOKIELAB_REQUIRE_TOOLS asks for {program}, which is not on PATH: apt-get install {program}"
                )
            pytest.skip(f"no {program} on PATH (COOKIELAB_REQUIRE_TOOLS={program} makes this a failure)")
