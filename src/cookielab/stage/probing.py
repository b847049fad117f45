"""Finding out in a lab: two browsers at two addresses, whatever they ask written into a history like any other play's."""

import time

from ..subjects.exchange import Incoming, Outgoing
from .person import Person
from .stage import Stage

BYTES = 1_000_000
"""Of a reply that is read while finding out."""


class StagedBrowser:
    """A person of a calm stage, who does what finding out wants."""

    def __init__(self, person: Person) -> None:
        self._person = person

    def send(self, out: Outgoing, seconds: float) -> Incoming:
        return self._person.probe(out, seconds=seconds, limit=BYTES)

    def fresh(self) -> None:
        self._person.new_browser()

    def wait(self, seconds: float) -> None:
        time.sleep(seconds)  # it is the server that asks for this time


class StagedProbe:
    """The probe of a stage: one browser at home, one at the office."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def browsers(self) -> tuple[StagedBrowser, StagedBrowser]:
        first, other = self._stage.probers("alice", "bob")
        return StagedBrowser(first), StagedBrowser(other)
