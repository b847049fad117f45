"""What a request may do with a session: the real thing, and in `explains` what it means."""

from collections.abc import Awaitable
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from sessiontable import AsyncSession, AsyncSessionTable, Json, SessionGone, User

from .history import Answer, Explained, Slot, Step, Values

GONE = "gone"
NOBODY = Slot(None, {}, lives=False)
"""What an id opens that nobody issued."""


class Request:
    """What the steps of one request share: its session, once it is open."""

    session: AsyncSession

    def issued(self) -> str | None:
        """The id that the reply issues, if it does."""
        return begun(self.session) if hasattr(self, "session") else None

    async def settle(self) -> None:
        """As adapters do before the reply begins. Raises SessionGone."""
        if hasattr(self, "session"):
            await self.session.settle()


class Act(Step, Protocol):
    """A step that is really made."""

    async def act(self, table: AsyncSessionTable, request: Request) -> Answer: ...


def id_in(session: AsyncSession) -> str:
    """The id that the reply issues."""
    return session.set_cookies[-1].partition(";")[0].partition("=")[2]


def shown(session: AsyncSession) -> tuple[User | None, Values]:
    return session.user, {name: session.read(name) for name in sorted(session.names())}


@dataclass(frozen=True)
class Open:
    """The request comes in with this id. Answer: None for nobody, otherwise the user and the values."""

    id: str

    async def act(self, table: AsyncSessionTable, request: Request) -> Answer:
        request.session = await table.open([f"sid={self.id}"])
        return shown(request.session) if request.session.known else None

    def explains(self, world: Explained, who: int, answer: Answer) -> bool:
        slot = world.slots.get(self.id)
        world.at[who], world.sent[who] = self.id if slot and slot.lives else None, self.id
        return answer == ((slot.user, slot.values) if slot and slot.lives else None)


def begun(session: AsyncSession) -> str | None:
    """The id of a session that this request began, if it did."""
    return (session.set_cookies and id_in(session)) or None


@dataclass(frozen=True)
class Write:
    """Answer: None, the id of a session that begins, or GONE."""

    name: str
    value: Json

    async def act(self, table: AsyncSessionTable, request: Request) -> Answer:
        try:
            await request.session.write(self.name, self.value)
        except SessionGone:
            return GONE
        return begun(request.session)

    def explains(self, world: Explained, who: int, answer: Answer) -> bool:
        return sets(world, who, {self.name: self.value}, answer)


@dataclass(frozen=True)
class Both:
    """Two writes, of which the second is begun before the first is done. Answers: those of both."""

    first: Write
    second: Write

    async def act(self, table: AsyncSessionTable, request: Request) -> Answer:
        under_way, answers = list[Awaitable[None]](), list[Answer]()
        for each in (self.first, self.second):
            with suppress(SessionGone):  # known already
                under_way.append(request.session.write(each.name, each.value))
        for step in under_way:
            try:
                await step
                answers.append(begun(request.session))
            except SessionGone:
                answers.append(GONE)
        answers += [GONE] * (2 - len(answers))
        return answers

    def explains(self, world: Explained, who: int, answer: Answer) -> bool:
        raise AssertionError("explained by its parts")


@dataclass(frozen=True)
class Add:
    """One more. Answer: the new number, and the id of a session that begins or None; or GONE."""

    name: str = "n"

    async def act(self, table: AsyncSessionTable, request: Request) -> Answer:
        def more(value: Json) -> int:
            return value + 1 if isinstance(value, int) else 1

        try:
            return await request.session.update(self.name, more), begun(request.session)
        except SessionGone:
            return GONE

    def explains(self, world: Explained, who: int, answer: Answer) -> bool:
        here = world.at[who]
        before = world.slots[here].values.get(self.name, 0) if here else 0
        assert isinstance(before, int)
        if isinstance(answer, tuple):
            return answer[0] == before + 1 and sets(world, who, {self.name: before + 1}, answer[1])
        return sets(world, who, {}, answer)


def is_gone(world: Explained, who: int, answer: Answer) -> bool:
    """The request lost its session, and stays without."""
    world.gone |= {who}
    return answer == GONE


def sets(world: Explained, who: int, values: Values, answer: Answer) -> bool:
    """A change of the session that the request is in, or the begin of one."""
    here = world.at[who]
    if who in world.gone or (here and not world.slots[here].lives):
        return is_gone(world, who, answer)
    if here:
        world.change(here, values={**world.slots[here].values, **values})
        return answer != GONE
    sent = world.slots.get(world.sent[who], NOBODY)
    overtaken = sent.next or sent.held  # by a login
    if answer == GONE or (overtaken and not sent.ended):
        return bool(overtaken or world.two_steps or who in world.late) and is_gone(world, who, answer)
    if not isinstance(answer, str) or answer == GONE or answer in world.slots:
        return False
    world.slots[answer], world.at[who] = Slot(None, values, root=answer), answer
    return True


@dataclass(frozen=True)
class Login:
    """With the id `sent` in the request. Answer: the new id, the user and the values, or GONE."""

    sent: str
    user: str

    async def act(self, table: AsyncSessionTable, request: Request) -> Answer:
        try:
            await request.session.rotate(self.user)
        except SessionGone:
            return GONE
        return id_in(request.session), *shown(request.session)

    def explains(self, world: Explained, who: int, answer: Answer) -> bool:
        if who in world.gone:
            return answer == GONE
        old = world.at[who] or self.sent
        slot = world.slots.get(old, NOBODY)
        if world.two_steps and not slot.lives and not world.at[who] and isinstance(answer, tuple) and not answer[2]:
            slot = Slot(None, {}, lives=False)
        elif world.two_steps and not slot.lives and answer == GONE:  # another's login was quicker, and took all along
            return is_gone(world, who, answer)
        elif slot.held == self.user:
            world.change(old, lives=True, held=None)
            slot = world.slots[old]
        if not slot.lives and slot.next and world.slots[slot.next].user == self.user:
            world.change(old, next=None)
            old, slot = slot.next, world.slots[slot.next]
        if not slot.lives and world.at[who]:
            return is_gone(world, who, answer)
        values = slot.values if slot.lives and slot.user in {None, self.user} else {}
        if not isinstance(answer, tuple) or answer[0] in world.slots or answer[1:] != (self.user, values):
            return False
        new = answer[0]
        world.slots[new] = Slot(self.user, values, root=slot.root if slot.lives else new)
        if slot.lives:
            world.change(old, lives=False, next=new)
        world.at[who] = new
        return True


@dataclass(frozen=True)
class Leave:
    """The first of two steps of a login, where a store cannot make it in one: the old session is over, and held.

    Whoever logs in as this user takes it along; where that is somebody else, the login ends with GONE.
    """

    login: Login

    def explains(self, world: Explained, who: int, answer: Answer) -> bool:
        old = world.at[who]
        if who in world.gone or not old or not world.slots[old].lives:
            return False
        world.change(old, lives=False, held=self.login.user)
        return True


@dataclass(frozen=True)
class Logout:
    """With the id `sent` in the request. It ends that one, and the session that the request is in. Answer: None."""

    sent: str

    async def act(self, table: AsyncSessionTable, request: Request) -> Answer:
        await request.session.revoke()
        return None

    def explains(self, world: Explained, who: int, answer: Answer) -> bool:
        for session_id in {self.sent, world.at[who] or self.sent} if who not in world.gone else ():
            world.change(session_id, lives=False, next=None, held=None)
        return answer is None


@dataclass(frozen=True)
class EndAll:
    """The user ends all sessions that there are at that time; what grows out of one of them meanwhile ends, too.

    They end one after another, each in a step of its own; `roots` are those that were there before. Those that begin
    meanwhile may end or stay.
    """

    user: str
    roots: tuple[str, ...]

    async def act(self, table: AsyncSessionTable, request: Request) -> Answer:
        await table.revoke_all(self.user)
        return None

    def explains(self, world: Explained, who: int, answer: Answer) -> bool:
        raise AssertionError("explained by its parts")


@dataclass(frozen=True)
class Ended:
    """The end of what grew out of the session with this id."""

    root: str

    def explains(self, world: Explained, who: int, answer: Answer) -> bool:
        for session_id, slot in world.slots.items():
            if slot.root == self.root:
                world.change(session_id, lives=False, ended=True)
        return True


@dataclass(frozen=True)
class Looks:
    """Somebody looks at all that is there, as at the end of the play. Answer: the user and the values for each id, or None."""

    def explains(self, world: Explained, who: int, answer: Answer) -> bool:
        living = {each: (slot.user, slot.values) for each, slot in world.slots.items() if slot.lives}
        assert isinstance(answer, dict)
        return living == {each: seen for each, seen in answer.items() if seen is not None}
