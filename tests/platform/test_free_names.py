"""Names not yet taken, and what errors of the operating system advise."""

from __future__ import annotations

import errno
import os

import pytest

from zoo.errors import CheckpointError, OutputError
from zoo.platform.os_errors import explained
from zoo.platform.output_files import new_file
from zoo.platform.paths import next_free


def test_the_first_name_that_is_not_taken(tmp_path):
    stem = tmp_path / "energy"
    assert next_free(stem, "png").name == "energy.png"
    (tmp_path / "energy.png").touch()
    (tmp_path / "energy-2.png").symlink_to(tmp_path / "nowhere")  # taken, though it leads nowhere
    assert next_free(stem, "png").name == "energy-3.png"


def test_numbered_names_begin_where_they_are_told(tmp_path):
    (tmp_path / "mlp-1.h5").touch()
    assert next_free(tmp_path / "mlp", "h5", first=1).name == "mlp-2.h5"
    assert next_free(tmp_path / "lstm", "h5", first=1).name == "lstm-1.h5"


@pytest.mark.parametrize(
    ("number", "says"),
    [
        (errno.ENOSPC, "no space left on device; free some space or save to another disk"),
        (errno.EACCES, "permission denied; check the permissions of the file and its folder, or use another folder"),
        (errno.ELOOP, os.strerror(errno.ELOOP).lower()),
    ],
)
def test_a_reason_and_what_to_do(number, says):
    assert explained(OSError(number, os.strerror(number))) == says


def test_every_writer_gives_the_same_advice(tmp_path):
    from zoo.checkpoint.format.errors import naming

    advice = "no such file or directory; check the path, and that its folder exists"
    with pytest.raises(OutputError, match=advice), new_file(tmp_path / "nowhere" / "plot.png", "plot: --out"):
        pass
    with pytest.raises(CheckpointError, match=advice), naming("save", "model.h5"):
        (tmp_path / "nowhere" / "model.h5").read_bytes()
