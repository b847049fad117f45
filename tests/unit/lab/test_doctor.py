"""What doctor says of Redis: a lab with STORE=redis cannot do without, any other one can."""

import shutil

import pytest

from cookielab.engines.base import Lack
from cookielab.lab import doctor

NEEDED = Lack("redis-server is not installed", "apt-get install redis-server", ("redis-server",))
WANTED = Lack("redis-server is not installed, a lab with STORE=redis needs it", "apt-get install redis-server")


@pytest.mark.skipif(
    bool(shutil.which("redis-server", path="/usr/sbin:/sbin")), reason="redis-server is where it is always looked for"
)
def test_redis_is_needed_for_its_store_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The package is then one of those that `doctor --install` brings; otherwise it is only named."""
    monkeypatch.setenv("PATH", "/nonexistent")
    memory, redis = doctor.examine("netns"), doctor.examine("netns", "redis")
    assert (NEEDED in memory.lacks, WANTED in memory.optional) == (False, True)
    assert (NEEDED in redis.lacks, WANTED in redis.optional) == (True, False)
