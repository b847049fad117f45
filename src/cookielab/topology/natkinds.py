"""The NAT kinds of the gateways, as their rules tell them: they stand in a story folder, not in the package."""

from ..places import root


def kinds() -> dict[str, str]:
    """By name, what each is: the rules files whose first line says what their own name means."""
    found = {}
    for path in sorted((root() / "nat" / "rules").glob("*.nft")):
        first = path.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ")
        name, colon, text = first.partition(": ")
        if colon and name == path.stem:
            found[name] = text
    return found
