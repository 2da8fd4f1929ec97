"""`zoo verify`: a whole file is described, a damaged one is refused in one line, a foreign digest is compared."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from zoo.cli.commands.verify import command
from zoo.errors import CheckpointError
from zoo.registry.lookup import find_checkpoint


def verify(*arguments: str) -> str:
    result = CliRunner().invoke(command, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0
    return result.output


def test_tells_who_made_a_whole_file() -> None:
    reported = json.loads(verify("moons", "--json"))
    assert reported["whole"] and reported["finite"]
    assert (reported["architecture"], reported["package"], reported["format"]) == ("mlp", "zoo-networks", 2)
    assert reported["versions"]["numpy"]
    assert reported["sha256"] in verify("moons", "--sha256", reported["sha256"])


def test_refuses_one_flipped_bit(tmp_path: Path) -> None:
    data = bytearray(find_checkpoint("moons").read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / "moons.h5").write_bytes(data)
    with pytest.raises(CheckpointError, match=r"moons\.h5"):
        verify(str(tmp_path / "moons.h5"))


def test_refuses_another_digest() -> None:
    with pytest.raises(CheckpointError):
        verify("moons", "--sha256", "0" * 64)
