"""Labs of test processes: each process has names, ranges and ports of its own, so that several run side by side.

What no two may share is a number below 100, which the kernel gives to one process alone: an abstract name of a socket,
gone with the process however that ends. A lab that somebody brings up by hand has none of these ranges by default.
"""

import json
import os
import shutil
import socket

from .. import places
from ..engines.owner import ended, mark
from ..errors import LabError

SLOTS = 100
PARTS = 6
"""Labs that one number is enough for."""
NAME = "test-"
"""How the names of their labs begin."""


class Slot:
    """A number that no other test process of this machine has. LabError where there is none left."""

    def __init__(self) -> None:
        for number in range(os.getpid(), os.getpid() + SLOTS):
            name = socket.socket(socket.AF_UNIX)
            try:
                name.bind(f"\0cookielab-test-{number % SLOTS}")
            except OSError:
                name.close()
            else:
                self.number, self._mark = number % SLOTS, name.detach()  # it lasts as long as the process
                return
        raise LabError(
            f"{SLOTS} test processes run on this machine, each with labs of its own; wait until one of them has ended"
        )

    def variables(self, part: int = 0, **more: str) -> dict[str, str]:
        """The LAB_* variables of a lab. `part` tells labs of one process apart, 0 to 5."""
        port = 20_000 + self.number * 100 + part * 10
        return {
            "LAB_NAME": f"{NAME}{os.getpid()}-{self.number}-{part}",
            "LAB_PUBLIC_NET": f"198.{18 + part % 2}.{(self.number + SLOTS * (part // 2)) % 256}",
            "LAB_HOME_NET": f"10.{210 + part}.{self.number}",
            "LAB_OFFICE_NET": f"10.{220 + part}.{self.number}",
            "LAB_BACKEND_NET": f"10.{230 + part}.{self.number}",
            "LAB_ACCESS_NET": f"100.{64 + part}.{self.number}",
            "LAB_FLAT_NET": f"10.{240 + part}.{self.number}",
            "LAB_CAFE_NET": f"10.{200 + part}.{self.number}",
            "LAB_TUNNEL_NET": f"10.{190 + part}.{self.number}",
            "LAB_WEB_PORTS": f"{port}-{port + 6}",
            "LAB_MITMWEB_PORT": f"{port + 7}",
            "LAB_CAPTURE": "off",
            "LAB_OWNER": mark(),
            **more,
        }

    def close(self) -> None:
        """Gives the number back."""
        os.close(self._mark)


def sweep(engine: str) -> None:
    """Removes the state of labs on this engine whose test process was killed. Their hosts have ended with it, or the engine
    has removed them when it brought up the next lab."""
    for file in (places.where() / "labs").glob(f"{NAME}*/lab.json"):
        try:
            record = json.loads(file.read_text(encoding="utf-8"))
            left = record["engine"] == engine and ended(record["variables"]["LAB_OWNER"])
        except (
            OSError,
            ValueError,
            KeyError,
            TypeError,
        ):  # somebody writes or removes it just now, or it is none of ours
            continue
        if left:
            shutil.rmtree(file.parent, ignore_errors=True)
