"""How fast histories are recorded, read and judged, and with how much memory, in seconds of a processor: `python -m tests.bench.judging`."""

import hashlib
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from cookielab.judging.events import Event, Request, RunEnd, RunStart, View
from cookielab.judging.history import History, stream
from cookielab.judging.judge import judge
from cookielab.judging.verdict import Verdict

SIZES = (10_000, 100_000, 1_000_000)
PEOPLE = 50
INVARIANTS = ("isolation", "continuity", "uniqueness", "authenticity", "finality", "durability", "steadiness")


def history(size: int, *, calibrated: bool) -> Iterator[Event]:
    """People who log in, write, read and ask who they are, over and over; each answer is like a small page."""
    yield RunStart(
        run="r", engine="bench", scenario="s", subject="h", capture="off", exercises=INVARIANTS,
        session_cookies=("sid",) if calibrated else None,
    )  # fmt: skip
    for number in range(size - 2):
        turn, person = divmod(number, PEOPLE)
        name, round_, step = f"p{person}", turn // 20, turn % 20
        id_ = "sid=" + hashlib.md5(f"{round_} {person}".encode(), usedforsecurity=False).hexdigest()
        canary = f"c-{(turn // 4) * PEOPLE + person:012x}"
        action = "login" if step == 0 else "logout" if step == 19 else ("write", "read", "whoami", "read")[step % 4]
        if action != "write" and turn % 4 and step < 4:
            action = "whoami"
        user = None if action == "logout" else name
        note = canary if action in {"read", "write"} else None
        gives = (("Set-Cookie", f"{id_}; Path=/; Max-Age=86400"),) if action == "login" else ()
        yield Request(
            at=1e9 + number * 0.01, person=name, host=name, action=action, method="GET",
            url=f"http://server.lab.test:9001/{action}", local="10.0.0.1:4000", claims=name, canary=note, status=200,
            cookies_sent=None if action == "login" else id_, headers=(("Content-Type", "application/json"), *gives),
            body=f'{{"known": true, "user": "{name}", "note": "{note}", "text": "{"lorem ipsum " * 20}"}}', elapsed=0.005,
            view=View(known=action != "login", user=user, note=note,
                      sighting=("anonymous" if action == "logout" else "this") if calibrated else None),
        )  # fmt: skip
    yield RunEnd()


def one(size: int, *, calibrated: bool) -> str:
    """One row of the table."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "history.jsonl"
        events = list(history(min(size, 10_000), calibrated=calibrated))
        with History(path.with_name("speed.jsonl")) as speed:
            begin = time.process_time()
            for event in events:
                speed.record(event)
            recorded = len(events) / (time.process_time() - begin)
        del events, speed
        from cookielab.judging.records import dated, encode

        with path.open("wb") as file:
            for number, event in enumerate(history(size, calibrated=calibrated), 1):
                file.write(encode(dated(event, number, event.at or 1e9)))
        begin = time.process_time()
        findings = judge(stream(path))
        seconds = time.process_time() - begin
    broken = [f.sentence for f in findings if f.verdict is Verdict.BROKEN]
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    kind = "calibrated" if calibrated else "as told"
    row = f"{size:>9,}  {kind:10}  {recorded:>9,.0f}/s  {seconds:>7.1f} s  {seconds / size * 1e6:>6.1f} µs  {memory:>6,.0f} MB"
    return "\n".join([row, *broken])


def main() -> None:
    """Each row in a process of its own, so that its memory is its own."""
    if len(sys.argv) == 3:
        print(one(int(sys.argv[1]), calibrated=sys.argv[2] == "calibrated"))
        return
    print("   events  subject      recorded   read+judged  per event  memory")
    for size in SIZES:
        for kind in ("told", "calibrated"):
            subprocess.run([sys.executable, "-m", "tests.bench.judging", str(size), kind], check=True)


if __name__ == "__main__":
    main()
