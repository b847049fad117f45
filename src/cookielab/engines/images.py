"""The lab's images: built when they are missing or older than what goes into them, on a base that this machine has.

Whether an image is up to date is told by a label that holds a fingerprint of everything its Dockerfile copies.
"""

import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import CommandFailed
from ..places import how
from ..topology.records import Topology
from . import compose

if TYPE_CHECKING:
    from docker import APIClient

SOURCES = "org.cookielab.sources"
BASE = "org.cookielab.base"
LOCAL_BASE = "cookielab-base:trixie"
REMEDY = (
    f"where no base image can be pulled, '{how('base-image')}' builds one; behind a proxy that inspects TLS, LAB_CA_BUNDLE "
    "names the file with its certificate"
)


def ensure(api: "APIClient", topology: Topology, *, beyond: Topology | None = None) -> str:
    """Builds what is missing or out of date, with progress on stderr; gives the base image in use, empty if unknown.

    `beyond`: a topology whose images are there already, so that only those of other hosts are looked at.
    """
    base = topology.variables.get("LAB_BASE_IMAGE") or (LOCAL_BASE if _inspect(api, LOCAL_BASE) else "")
    more = {"LAB_BASE_IMAGE": base} if base else {}
    found = json.loads(compose.run(topology, "config", "--format", "json", more=more))["services"]
    there = {found[name]["image"] for name in beyond.hosts} if beyond else set[str]()
    builds = {body["image"]: (name, body["build"]) for name, body in found.items() if "build" in body}
    builds = {image: build for image, build in builds.items() if image not in there}
    sources = fingerprint(build for _, build in builds.values())
    stale = [image for image in builds if _label(api, image, SOURCES) != sources]
    if stale:
        used = builds[stale[0]][1].get("args", {}).get("BASE_IMAGE", "")
        if used and not base and not _pulled(api, used):
            compose.script(topology.source.with_name("base-image.sh"), REMEDY)
            return ensure(api, topology, beyond=beyond)
        names, on = ", ".join(stale), f" on {used}" if used else ""
        print(f"docker: building {names}{on}; at first it takes minutes", file=sys.stderr)
        services = [builds[image][0] for image in stale]
        try:
            compose.show(topology, "build", *services, more={**more, "LAB_SOURCES": sources})
        except CommandFailed as error:
            raise CommandFailed(error.argv, error.code, error.stderr, REMEDY) from None
        _forget_replaced(api)
    return next((text for image in builds if (text := _label(api, image, BASE))), "")


def _pulled(api: "APIClient", image: str) -> bool:
    """Whether the base image is here, pulled now if need be. Docker itself says why where it cannot be pulled."""
    if _inspect(api, image):
        return True
    print(f"docker: pulling the base image {image}", file=sys.stderr)
    quiet = () if sys.stderr.isatty() else ("--quiet",)
    if not subprocess.run(("docker", "pull", *quiet, image), stdout=sys.stderr, check=False).returncode:
        return True
    print(f"docker: {image} cannot be pulled, so {LOCAL_BASE} is made of Debian's packages", file=sys.stderr)
    return False


def _inspect(api: "APIClient", image: str) -> dict[str, Any]:
    """What Docker knows of a local image; empty where there is none of that name."""
    from docker.errors import ImageNotFound

    try:
        return dict(api.inspect_image(image))  # type: ignore[no-untyped-call]
    except ImageNotFound:
        return {}


def _label(api: "APIClient", image: str, name: str) -> str:
    found = _inspect(api, image)
    return str((found["Config"]["Labels"] or {}).get(name, "")) if found else ""


def _forget_replaced(api: "APIClient") -> None:
    """Removes images of the lab that newer ones have replaced, unless a container still needs them."""
    from docker.errors import APIError

    for image in api.images(filters={"dangling": True, "label": BASE}):
        with suppress(APIError):
            api.remove_image(image["Id"])


def fingerprint(builds: Iterable[Mapping[str, Any]]) -> str:
    """A hash over the stages that are built, their arguments and the files that they copy from their contexts."""
    digest = hashlib.sha256()
    targets: dict[tuple[str, str, str], list[str]] = {}
    for build in builds:
        recipe = (build["context"], build["dockerfile"], json.dumps(build.get("args")))
        targets.setdefault(recipe, []).append(build.get("target", ""))
    for (context, dockerfile, arguments), names in sorted(targets.items()):
        text = stages(Path(context, dockerfile).read_text(encoding="utf-8"), names)
        digest.update(f"{arguments}\0{text}".encode())
        for path in copied(text, Path(context)):
            digest.update(f"\0{path.relative_to(context)}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def stages(recipe: str, targets: Iterable[str]) -> str:
    """The part of a Dockerfile that these stages are made from; all of it for a target without a name."""
    head, *parts = re.split(r"^(?=FROM )", recipe, flags=re.MULTILINE)
    named = {part.split("\n", 1)[0].split()[-1]: part for part in parts}
    wanted, found = list(targets), set[str]()
    if not set(wanted) <= named.keys():
        return recipe
    while wanted:
        part = named.get(name := wanted.pop(), "")
        if part and name not in found:
            found.add(name)
            wanted += [part.split()[1], *re.findall(r"\bfrom=(\w+)", part)]
    return head + "".join(part for name, part in named.items() if name in found)


def copied(recipe: str, context: Path) -> Iterator[Path]:
    """The files of the context that the COPY lines of a Dockerfile name, one by one and in order."""
    for line in recipe.splitlines():
        words = line.split()
        if words[:1] != ["COPY"] or any(word.startswith("--from=") for word in words):
            continue
        for source in [word for word in words[1:] if not word.startswith("--")][:-1]:
            place = context / source
            found = sorted(place.rglob("*")) if place.is_dir() else [place]
            yield from (path for path in found if path.is_file() and "__pycache__" not in path.parts)
