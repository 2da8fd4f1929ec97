"""A file of its own for every so many epochs: `keep_every="10epochs"`, and {epoch} in the name of the file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from zoo.errors import OptionError, UsageError

EPOCH = "{epoch}"
LAST = "last"  # stands for {epoch} in the name of the file that the run itself is saved in


@dataclass(frozen=True)
class KeptFiles:
    """Where the run is kept after every `epochs` epochs, counted over all phases."""

    pattern: str
    epochs: int

    def path(self, epoch: int) -> Path:
        return Path(self.pattern.replace(EPOCH, str(epoch)))

    def due(self, epoch: int) -> bool:
        return epoch > 0 and epoch % self.epochs == 0

    def refuse_existing(self) -> None:
        """`UsageError` where there is a file of one of these names already."""
        pattern = Path(self.pattern)
        head, _, tail = pattern.name.partition(EPOCH)
        for each in sorted(pattern.parent.iterdir()) if pattern.parent.is_dir() else []:
            middle = each.name[len(head) : len(each.name) - len(tail)]
            if each.name == head + middle + tail and middle.isdecimal():
                raise UsageError(
                    f"train: {str(each)!a}, a file that --keep-every would write, exists already; name another --out"
                )


def kept_files(out: str | Path, keep_every: str | None) -> tuple[Path, KeptFiles | None]:
    """(the file of the run, the files that are kept): of "net-{epoch}.h5" net-last.h5, and net-10.h5, net-20.h5, …

    Without {epoch} in the name they are net-epoch-10.h5, …
    """
    text = str(out)
    if keep_every is None:
        if EPOCH in text:
            raise UsageError(
                f"train: --out {text!a} has {EPOCH} in it, expected --keep-every as well, such as 10epochs"
            )
        return Path(out), None
    match = re.fullmatch(r"(\d+)\s*epochs?", keep_every.strip())
    if match is None or not 0 < int(match[1]) < 10**9:
        raise OptionError(f"train: --keep-every is {keep_every!a}, expected a number of epochs: 1epoch, 10epochs")
    path = Path(text.replace(EPOCH, LAST))
    if EPOCH not in Path(text).name and EPOCH in text:
        raise UsageError(f"train: --out {text!a} has {EPOCH} in the name of a folder, expected it in that of the file")
    pattern = text if EPOCH in text else str(path.with_name(f"{path.stem}-epoch-{EPOCH}{path.suffix}"))
    return path, KeptFiles(pattern, int(match[1]))
