"""What the preflight finds out about notes: each reads back their own, nobody has changed by it, and who else is shown one."""

from ..judging.events import Request
from .person import Person
from .rows import Preflight
from .stage import Stage
from .wording import answer_of, path_of

TRIES = 3
"""How often a note is looked for: some servers take their time."""


def kept(result: Preflight, person: Person) -> bool:
    """A value stored and read back; and everybody is still who they were."""
    done = person.write()
    assert done is not None
    if not done.accepted:
        return result.add(f"note of {person.user}", False, person.why or answer_of(done), "note: write:")
    reads = [person.read()]
    while not _reads(person, reads[-1]) and len(reads) < TRIES:
        reads.append(person.read())
    last = reads[-1]
    if last is None or not _reads(person, last):
        what = f"{path_of(last)} does not give back" if last else "nothing gives back"
        saw = f"{what} what was stored: {person.why}"
        return result.add(f"note of {person.user}", False, saw, "note: read:")
    if len(reads) > 1:
        result.observations.append(f"a note was read back at the {len(reads)}. try only")
    seen = person.whoami()
    if seen is None or seen.sighting != "this":
        saw = f"the note has changed what {path_of(seen) if seen else 'me'} shows: {person.why}"
        return result.add(f"note of {person.user}", False, saw, "note: write:, another field")
    return result.add(f"note of {person.user}", True, "stored, read back, and nobody has changed")


def private(stage: Stage, result: Preflight, alice: Person, bob: Person | None) -> None:
    """Whether others are shown alice's note where they read theirs. That may be meant, which only the profile can say."""
    note, said = alice.note, alice.profile.note
    if note is None or said is None or said.shared:
        return
    others = {"somebody who is not logged in": stage.newcomer(alice.user)} | ({bob.user: bob} if bob else {})
    for who, other in others.items():
        read = other.read()
        if read is not None and note in read.body:
            result.observations.append(
                f"{path_of(read)} shows {alice.user}'s note to {who}: that is a leak, unless everybody is meant to see it; "
                "then say so with `shared: true` in `note:`"
            )
            return


def _reads(person: Person, read: Request | None) -> bool:
    return read is not None and read.view is not None and read.view.note == person.note
