"""The documents name what exists: targets, files, handlers, scenarios."""

import re
from pathlib import Path

import pytest

from cookielab.subjects.handlers import ALL, HANDLERS
from scenarios import GROUPS, SCENARIOS
from scenarios.expected import EXPECTED

ROOT = Path(__file__).parents[2]
DOCUMENTS = (
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "sessiontable/README.md",
    "sessiontable/docs/sessions.md",
    "sessiontable/docs/migrating.md",
    "docs/checking.md",
    "docs/ci.md",
    "docs/frameworks.md",
    "docs/commands.md",
    "docs/installing.md",
    "docs/testing.md",
    *(f"scenarios/{group.folder}/README.md" for group in GROUPS),
)
ALONE = re.compile(r"\b(?:install|add|uvx|pipx run)(?: -\S+| \S*uv)* ['\"]?cookielab(?![\w-])")
"""A line that would install what a package index has under that name."""


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_make_target_that_is_named_exists(document: str) -> None:
    targets = set(re.findall(r"^([a-z-]+|scenario-%):", text("Makefile"), re.MULTILINE))
    ids = {scenario.id for scenario in SCENARIOS}
    for name in re.findall(r"`make ([a-z-]+)[`\s]", text(document)):
        known = name in targets or name.removeprefix("scenario-") in ids
        assert known, f"{document} names 'make {name}'"


def test_nothing_tells_to_install_somebody_elses_package() -> None:
    """`cookielab` on the Python Package Index is another project's: ours is cookielab-cli, by its place."""
    for wrong in (
        "pip install cookielab",
        "uv add --dev 'cookielab[mitm]'",
        "uvx cookielab check",
        "uv tool install cookielab",
    ):
        assert ALONE.search(wrong), wrong
    places = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "src").rglob("*.py"), ROOT / "Makefile"]
    told = [place for place in places if ALONE.search(place.read_text(encoding="utf-8"))]
    assert (len(places) > 100, told) == (True, [])


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_link_and_path_leads_somewhere(document: str) -> None:
    links = re.findall(r"\]\((?!https?://)([^)#]+)(?:#[^)]*)?\)", text(document))
    paths = re.findall(r"`((?:src|server|clients|nat|scenarios|compose|tests|docs)/[\w./-]*)`", text(document))
    assert links or paths
    here = (ROOT / document).parent
    top = ROOT / "sessiontable" if document.startswith("sessiontable/") else ROOT
    for place in (*(here / link for link in links), *(top / path for path in paths)):
        assert place.exists(), f"{document} names {place}"


def test_every_file_that_the_architecture_names_is_in_its_folder() -> None:
    named = re.findall(r"^\| `([\w/]+/)` \| (.*) \|$", text("ARCHITECTURE.md"), re.MULTILINE)
    files = [(folder, name) for folder, row in named for name in re.findall(r"`([\w*/]+\.\w+)`", row)]
    assert len(files) > 40
    for folder, name in files:
        assert list((ROOT / folder).glob(name)) or (ROOT / name).exists(), f"{folder} has no {name}"


def test_the_readme_lists_every_scenario_and_the_handlers_of_the_story() -> None:
    """What each other handler gets wrong stands in its group's page."""
    readme = text("README.md")
    for name in (*HANDLERS, *(scenario.id for scenario in SCENARIOS)):
        assert f"`{name}`" in readme, name
    pages = "".join(text(f"scenarios/{group.folder}/README.md") for group in GROUPS)
    for name in ALL:
        assert f"`{name}`" in readme + pages, name


@pytest.mark.parametrize("document", [name for name in DOCUMENTS if name.startswith("scenarios/")])
def test_a_groups_page_has_a_row_for_each_scenario_with_the_mistake(document: str) -> None:
    """In the order in which they are played; a page is no longer than a screen or so."""
    (group,) = (group for group in GROUPS if group.folder == document.split("/")[1])
    rows = re.findall(r"^\| \[([\w-]+)\]\((\w+\.py)\) \|.*$", text(document), re.MULTILINE)
    assert [(each.id, f"{each.id.replace('-', '_')}.py") for each in group.scenarios] == rows
    for scenario in group.scenarios:
        (row,) = re.findall(rf"^\| \[{scenario.id}\].*$", text(document), re.MULTILINE)
        assert set(scenario.must_break) <= set(re.findall(r"`(\w+)`", row)), row
    assert len(text(document).splitlines()) < 50


def test_the_readmes_matrix_is_the_table_of_expected_verdicts() -> None:
    """The table itself is held against real runs by tests/scenarios."""
    story = {name: row for name, row in EXPECTED.items() if tuple(row) == HANDLERS}
    lines = text("README.md").partition("$ make scenarios\n")[2].splitlines()
    head, *rows = (line.split() for line in lines[: len(story) + 1])
    assert head == ["scenario", *HANDLERS]
    shown = {row[0]: dict(zip(HANDLERS, row[1:], strict=True)) for row in rows}
    assert shown == {name: {handler: str(row[handler]) for handler in HANDLERS} for name, row in story.items()}


def test_the_readmes_table_has_each_group_with_its_page_and_its_scenarios() -> None:
    for group in GROUPS:
        if group.letter:
            (row,) = re.findall(rf"^\| \[{group.letter}: .*$", text("README.md"), re.MULTILINE)
            assert f"](scenarios/{group.folder}/README.md)" in row
            assert re.findall(r"`([\w-]+)`", row) == [scenario.id for scenario in group.scenarios]


def test_make_alone_lists_every_target_with_a_line() -> None:
    """What is phony and has no `##` line would be hidden from `make`."""
    phony = re.search(r"^\.PHONY: (.+)$", text("Makefile"), re.MULTILINE)
    assert phony
    for name in set(phony[1].split()) - {"tools", "format", "clean"}:
        assert re.search(rf"^{name}:.*## ", text("Makefile"), re.MULTILINE), name
