"""`make crash-sessions`: 200 kills on SQLite and 50 on Redis with AOF, or as many as asked, for servers with threads and on asyncio. Exit code 1: a promise was broken."""

import argparse
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.crash.fire import fire_on_redis, fire_on_sqlite
from tests.crash.load import BrokenPromiseError
from tests.crash.nursery import ServerFailedError
from tests.crash.stores import ASYNCIO


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__)
    parser.add_argument("--sqlite", type=int, default=200, metavar="KILLS", help="of the app's servers (default: 200)")
    parser.add_argument("--redis", type=int, default=50, metavar="KILLS", help="of the Redis server (default: 50)")
    parser.add_argument("--seed", type=int, default=int(time.time()) % 1_000_000, help="of kills and clients")
    options = parser.parse_args(argv)

    def tell(done: int) -> None:
        if done % 10 == 0:
            print(f"{done:>6} kills", flush=True)

    try:
        if options.sqlite:
            print(f"SQLite, seed {options.seed}", flush=True)
            for face in ("", ASYNCIO):
                with TemporaryDirectory() as folder:
                    print(fire_on_sqlite(Path(folder, "sessions.db"), options.sqlite, options.seed, tell, face=face))
        if options.redis:
            print(f"Redis with AOF, seed {options.seed}", flush=True)
            for face in ("", ASYNCIO):
                print(fire_on_redis(options.redis, options.seed, tell, face=face))
    except (BrokenPromiseError, ServerFailedError) as error:
        print(f"seed {options.seed}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
