"""Plays one scenario against one handler and records it. What goes wrong on the way is recorded too, never hidden."""

import traceback
from pathlib import Path

from ..engines.base import Engine
from ..errors import LabError
from ..judging.events import Incident, RunEnd, RunStart
from ..judging.history import History
from ..subjects.servers import ServerLost
from .agents import Agents
from .stage import Scenario, Stage


def play(
    scenario: Scenario, handler: str, *, engine: Engine, agents: Agents, run: str, capture: str, folder: Path
) -> History:
    """Plays the scenario and gives its history, closed; the file is `history.jsonl` in `folder`, beside `server.log`.

    A fault of the lab, a server that is lost and a bug in the scenario end the play and become incidents. An
    interruption becomes one as well and goes on upwards.
    """
    with History(folder / "history.jsonl") as history:
        hosts = {name: tuple(str(leg.address) for leg in host.legs) for name, host in engine.topology.hosts.items()}
        history.record(
            RunStart(
                run=run,
                engine=engine.name,
                scenario=scenario.id,
                subject=handler,
                capture=capture,
                exercises=scenario.exercises,
                must_break=scenario.must_break,
                hosts={name: addresses for name, addresses in hosts.items() if addresses},
            )
        )
        try:
            with Stage(engine, agents, history, handler) as stage:
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
