"""Where caches and data lie."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from zoo.platform import system


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the custom of another system")
def test_caches_and_data_lie_where_the_user_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("ZOO_DATA", raising=False)
    monkeypatch.delenv("ZOO_CACHE", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    assert system.cache_folder() == tmp_path / ".cache" / "zoo"
    assert system.data_folder() == tmp_path / ".cache" / "zoo" / "data"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert system.cache_folder() == tmp_path / ".cache" / "zoo"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))
    assert system.cache_folder() == tmp_path / "caches" / "zoo"
    monkeypatch.setenv("ZOO_DATA", "~/sets")
    assert system.data_folder() == tmp_path / "sets"
