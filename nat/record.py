"""Records the packets of one interface, found by its address, as a pcap file on stdout: `python -m nat.record ADDRESS`.

Not tcpdump: it gives up root by changing its groups, which a rootless namespace forbids. The file is the classic one
(https://datatracker.ietf.org/doc/draft-ietf-opsawg-pcap/), so tcpdump, tshark and Wireshark read it.
"""

import signal
import socket
import struct
import sys
import time
from typing import NoReturn

from nat.command import GatewayError
from nat.interfaces import find

EVERY_PROTOCOL = 0x0003  # ETH_P_ALL: what comes in and what goes out
ETHERNET = 1
LONGEST = 262_144


def record(interface: str) -> NoReturn:
    """Writes packets until it is told to stop (SIGTERM or Ctrl-C); each is in the file as soon as it was seen."""
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(EVERY_PROTOCOL)) as tap:
        tap.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        tap.bind((interface, EVERY_PROTOCOL))
        out = sys.stdout.buffer
        out.write(struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, LONGEST, ETHERNET))
        out.flush()
        print(f"listening on {interface}", file=sys.stderr, flush=True)
        while True:
            packet = tap.recv(LONGEST)
            seconds, nanoseconds = divmod(time.time_ns(), 1_000_000_000)
            out.write(struct.pack("<IIII", seconds, nanoseconds, len(packet), len(packet)) + packet)
            out.flush()


def main(argv: list[str]) -> int:
    if len(argv) != 1:
        print("usage: python -m nat.record ADDRESS", file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        record(find({"ADDRESS": argv[0]})["ADDRESS"])
    except KeyboardInterrupt:
        return 0
    except GatewayError as error:
        print(f"record: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
