"""The map of the repository names files that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("page", ["ARCHITECTURE.md", "CONTRIBUTING.md", "README.md"])
def test_every_path_on_the_page_exists(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    paths = set(re.findall(r"(?<![\w/.])((?:zoo|plugins|tests|docs|models|benchmarks)/[\w/.]*)", text)) - {
        "plugins/zoo_FAMILY/"
    }
    assert paths
    missing = sorted(path for path in paths if "FAMILY" not in path and not (ROOT / path.rstrip(".,;:")).exists())
    assert not missing, f"{page} names {missing}"


def test_every_room_is_on_the_map():
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    rooms = {f"zoo/{path.parent.name}/" for path in (ROOT / "zoo").glob("*/__init__.py")}
    assert not {room for room in rooms if f"`{room}`" not in text}
