"""Brings five.yaml up on the netns engine, prints the seconds from this process's start to the first answer, ends it."""

import tempfile
from pathlib import Path

from cookielab.engines.netns import NetnsEngine
from cookielab.engines.process import output
from cookielab.topology import composefile

from .five import ASK, NAT, since_start


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        engine = NetnsEngine(composefile.load(Path(__file__).with_name("five.yaml")), Path(folder))
        try:
            engine.up(owned=True)
            output(engine.spawn("gateway", ("sh", "-c", NAT), privileged=True))
            output(engine.spawn("alice", ("sh", "-c", ASK)))
            print(since_start(), flush=True)
        finally:
            engine.down()


if __name__ == "__main__":
    main()
