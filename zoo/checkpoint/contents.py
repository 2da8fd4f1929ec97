"""What a checkpoint holds, without the plugin that made it: names, options and arrays, nothing imported."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zoo import checkpoint
from zoo.checkpoint.model_state import under
from zoo.core.arguments import public
from zoo.registry.lookup import find_checkpoint
from zoo.types import Array


@dataclass(frozen=True)
class CheckpointContents:
    """A checkpoint's contents. All texts are what the file says of itself: a stranger may have written them."""

    architecture: str  # "" in a file that holds no model
    package: str  # that the file claims to come from; "" for a class no plugin registered
    version: str  # of that package
    options: Mapping[str, Any]
    signature: Mapping[str, Any]
    weights: Mapping[str, Array]  # by tree path: the best where the file has them, else the last
    arrays: Mapping[str, Array]  # all of them, read-only: "weights/…", "best/…", "state/…", "history/…"
    manifest: Mapping[str, Any]
    path: str

    def __repr__(self) -> str:
        claimed = f"{self.package!a} {ascii(self.version)[1:-1]}".rstrip()
        return f"<{self.path}: {self.architecture!a} of package {claimed}, {len(self.arrays)} arrays>"


@public
def read(path: str | Path, *, trusted: bool = False, sha256: str | None = None) -> CheckpointContents:
    """What is in a checkpoint, whether or not its plugin is installed; as safe on files from strangers as `zoo.load`.

    >>> zoo.read("letters.h5").package
    'zoo-hopfield'
    """
    file = checkpoint.read(find_checkpoint(str(path)), trusted=trusted, sha256=sha256)
    made_by = file.manifest.get("architecture") or {}
    return CheckpointContents(
        made_by.get("name", ""),
        made_by.get("package", ""),
        str((file.manifest.get("versions") or {}).get("plugin") or ""),
        made_by.get("options", {}),
        file.manifest.get("signature") or {},
        under(file.arrays, "best") or under(file.arrays, "weights"),
        file.arrays,
        file.manifest,
        file.path,
    )
