"""Where pictures go: a file of a known ending that is not there yet."""

from __future__ import annotations

from pathlib import Path

import pytest

from zoo.drawing import check_picture
from zoo.errors import UsageError


def test_a_folder_is_no_picture(tmp_path: Path) -> None:
    for out in (f"{tmp_path}/new/", str(tmp_path), tmp_path, f"{tmp_path}/new/."):
        with pytest.raises(UsageError, match=r"^plot: --out '.*' names a folder, expected a file, .*picture\.png'$"):
            check_picture(out)
    assert check_picture(tmp_path / "new") == "png" and check_picture(tmp_path / "new.SVG") == "svg"
