"""The map of the house is the house."""

import re
from pathlib import Path

import asyncbench

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text()


def rooms() -> set[str]:
    """Return the paths that the tree on the page names."""
    [tree] = re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL)
    found, above = set(), ""
    for line in tree.splitlines():
        names, _ = re.split(r"  +(?=[a-z])", line.strip(), maxsplit=1)
        if not line.startswith(" "):
            above = ""
        found |= {above + name for name in names.split()}
        if not line.startswith(" ") and names.endswith("/"):
            above = names
    return found


def test_the_tree_names_every_folder_and_loose_module():
    package = ROOT / "asyncbench"
    folders = {f"{path.parent.relative_to(package)}/" for path in package.rglob("__init__.py")} - {
        "./"
    }
    loose = {path.name for path in package.glob("*.py") if not path.name.startswith("__")}
    assert rooms() == folders | loose


def test_every_path_that_the_page_speaks_of_is_there():
    text = PAGE.partition("## The way")[2]
    for name in re.findall(r"`([a-z_]+(?:/[a-z_*]+)*/?(?:\.py)?)`", text):
        if "/" in name and "*" not in name:
            assert any((ROOT / folder / name).exists() for folder in ("", "asyncbench")), name


def test_what_is_public_is_told():
    told = PAGE.partition("## What is public")[2].partition("\nAlso ")[0]
    assert re.findall(r"`(\w+)`", told)[1:] == asyncbench.__all__
