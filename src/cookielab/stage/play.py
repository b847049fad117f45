"""Plays one scenario against one handler and records it. What goes wrong on the way is recorded too, never hidden."""

import traceback
from collections.abc import Sequence
from pathlib import Path

from ..engines.base import Engine
from ..errors import LabError
from ..judging.events import Incident, RunEnd, RunStart
from ..judging.history import History
from ..subjects.abilities import abilities
from ..subjects.kinds import Subject
from ..subjects.profile import Profile
from ..subjects.servers import ServerLost
from .agents import Agents
from .scenario import Scenario
from .stage import Stage


def play(
    scenario: Scenario,
    subject: Subject,
    *,
    engine: Engine,
    agents: Agents,
    run: str,
    capture: str,
    folder: Path,
    calm: bool = False,
    missing: LabError | None = None,
) -> History:
    """Plays the scenario and gives its history, closed; the file is `history.jsonl` in `folder`, beside `server.log`.

    A fault of the lab, a server that is lost and a bug in the scenario end the play and become incidents. An
    interruption becomes one as well and goes on upwards. `missing`: why a part that the scenario needs is not there; then
    that is the incident, and nothing is played.
    """
    with History(folder / "history.jsonl") as history:
        hosts = {name: tuple(str(leg.address) for leg in host.legs) for name, host in engine.topology.hosts.items()}
        history.record(
            RunStart(
                run=run,
                engine=engine.name,
                scenario=scenario.id,
                subject=subject.name,
                capture=capture,
                exercises=judgeable(scenario, subject.profile),
                must_break=scenario.must_break,
                hosts={name: addresses for name, addresses in hosts.items() if addresses},
                session_cookies=subject.learnt.session_cookies if subject.learnt else None,
                survives=None if subject.profile.survives is None else tuple(subject.profile.survives),
                shared=subject.profile.note is not None and subject.profile.note.shared,
            )
        )
        if missing:
            history.record(Incident(kind="part missing", text=str(missing)))
            return history
        try:
            with Stage(engine, agents, history, subject, calm=calm) as stage:
                scenario.play(stage)
                stage.check()
        except ServerLost as lost:
            history.record(Incident(kind="server lost", text=str(lost)))
        except LabError as fault:
            history.record(Incident(kind="harness fault", text=str(fault)))
        except Exception as error:
            text = f"{type(error).__name__}: {error}\n{traceback.format_exc()}"
            history.record(Incident(kind="scenario crashed", text=text))
        except BaseException as end:
            history.record(Incident(kind="interrupted", text=f"by {type(end).__name__}"))
            raise
        else:
            history.record(RunEnd())
    return history


READ_BACK = frozenset({"continuity", "durability"})
"""Invariants about what people store: without a note there is nothing to judge them by."""


OUTLIVED = frozenset({"restart", "password"})
"""What sessions may end with; a neighbour of the same name, and a reply that is lost on the way, are other matters."""


def judgeable(scenario: Scenario, profile: Profile) -> tuple[str, ...]:
    """The invariants of a scenario that can be judged by what the profile lets be seen."""
    offered = abilities(profile)
    notes = {"write", "read"} <= offered or "visits" in profile.says
    return tuple(
        name
        for name in scenario.exercises
        if (notes or name not in READ_BACK) and _promised(scenario.promised.get(name), profile.survives)
    )


def _promised(condition: str | None, survives: Sequence[str] | None) -> bool:
    if condition is None:
        return True
    if condition.startswith("!"):
        return survives is not None and OUTLIVED.isdisjoint(survives)
    return survives is not None and condition in survives
