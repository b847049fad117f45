"""Which service of a Compose project is meant, and its port: what `--compose` leaves out is read off the project."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..engines.docker_project import NAMES, Project
from ..errors import UsageError

HOW = "write SERVICE:PORT, or FILE:SERVICE:PORT; the port is that in the container"


def named(text: str, folder: Path) -> dict[str, Any]:
    """The words of `compose:` for `[FILE:][SERVICE][:PORT]`; a relative FILE starts at `folder`.

    Where the service is left out it is the only one that is published, where the port is left out the only one of the
    service. UsageError where that does not decide it, and what may be meant.
    """
    parts = text.split(":")
    file = parts.pop(0) if _is_file(parts[0], folder) else ""
    if file and (folder / file).is_dir():
        file = f"{file.rstrip('/')}/{NAMES[0]}"
    port = parts.pop() if parts and parts[-1].isdecimal() else ""
    service = parts.pop(0) if parts else ""
    if parts or not (file or service) or (port and not service):
        raise UsageError(f"--compose {text!r}: {HOW}")
    if not port:
        project = Project(folder / (file or NAMES[0]))
        if service:
            project.service(service)
        service, port = _only(text, {service: project.services[service]} if service else project.services)
    return {"service": service, "port": int(port)} | ({"file": file} if file else {})


def _only(text: str, services: Mapping[str, Mapping[str, Any]]) -> tuple[str, str]:
    """The one service and the one port of it where people come in."""
    open_ = {
        (name, str(each["target"]))
        for name, own in services.items() for each in own.get("ports") or () if each.get("protocol", "tcp") == "tcp"
    }  # fmt: skip
    if not open_:
        shown = ((name, str(each)) for name, own in services.items() for each in own.get("expose") or ())
        open_ = {(name, each.removesuffix("/tcp")) for name, each in shown if each.removesuffix("/tcp").isdecimal()}
    if len(open_) == 1:
        return open_.pop()
    if not open_:
        one = len(services) == 1
        who = f"its service {', '.join(services)}" if one else f"none of its services ({', '.join(sorted(services))})"
        publishes = "publishes no port" if one else "publishes a port"
        raise UsageError(f"--compose {text!r}: {who} {publishes}, so nothing says where people come in; {HOW}")
    said = sorted(f"{name}:{port}" for name, port in open_)
    raise UsageError(f"--compose {text!r}: it may be {' or '.join(said)}; say which, as in --compose {said[0]}")


def _is_file(word: str, folder: Path) -> bool:
    return word.endswith((".yaml", ".yml")) or "/" in word or (word.startswith(".") and (folder / word).is_dir())
