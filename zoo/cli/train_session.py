"""What every training command shares: output file, progress and stopping."""

from __future__ import annotations

import contextlib
import shlex
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from zoo.checkpoint.paths import refuse_other_kind
from zoo.cli.interrupt import Stop, StoppedAtOnce
from zoo.cli.output import print_json, printable, say
from zoo.cli.progress import Shown
from zoo.cli.standard_streams import OutputLost
from zoo.core.events import Event, Listener, own_copy
from zoo.errors import CheckpointError, UsageError
from zoo.platform.paths import next_free
from zoo.platform.redirect import PrintsToStderr

if TYPE_CHECKING:
    from zoo.training.run import Result

Work = Callable[
    [Path | None, Listener, Stop], "Result"
]  # a training into a file: with its listener, until it is to stop


def check_out(out: str | None, who: str, instead: str = "") -> None:
    """Refuses an --out of the command `who` that cannot be written, before any time is spent; `instead` is what else
    can be done where it is there already."""
    if out is None:
        return
    refuse_other_kind(out, f"{who}: --out")
    path = Path(out)
    if path.is_symlink() or path.exists():
        raise UsageError(f"{who}: --out {out!a} exists already and is never overwritten; name another file{instead}")
    if not path.absolute().parent.is_dir():
        raise UsageError(f"{who}: --out {out!a}: there is no folder {str(path.absolute().parent)!a}")


def trained(work: Work, given: Mapping[str, Any], name: str) -> Result:
    """Trains into --out or, where there is a name, into the next free file of it. What is printed meanwhile, by
    plugins, goes to standard error.

    When it was stopped, prints the line that resumes and ends the command with the signal's exit code.
    """
    out = Path(given["out"]) if given["out"] else None
    with Shown(given["quiet"]) as shown, _logs(given) as log, Stop() as stop, PrintsToStderr():

        def listen(event: Event) -> None:
            stop.on_event(event)
            shown(event)
            log(own_copy(event))

        try:
            result = work(out, listen, stop) if out or not name else _into_next_free(work, name, listen, stop)
        except KeyboardInterrupt:
            say(stop.at_once_line)
            raise StoppedAtOnce(stop.exit_code) from None
    if result.stopped:
        with reporting(result):
            _tell_how_to_go_on(result, given["as_json"])
        click.get_current_context().exit(stop.exit_code)
    return result


@contextlib.contextmanager
def _logs(given: Mapping[str, Any]) -> Iterator[Listener]:
    """What writes the run to the places that --log names."""
    with contextlib.ExitStack() as opened:
        found = []
        if given.get("log"):
            from zoo.logging import log_named  # start-up time: only with --log

            found = [opened.enter_context(log_named(text)) for text in given["log"]]

        def log(event: Event) -> None:
            for each in found:
                each(event)

        yield log


@contextlib.contextmanager
def reporting(result: Result) -> Iterator[None]:
    """Inside it, a command prints what a training came to; where nobody can read that, standard error has the file."""
    try:
        yield
        sys.stdout.flush()
    except OutputLost:
        say(f"zoo: the run is saved in {result.path}")
        raise


def _tell_how_to_go_on(result: Result, as_json: bool) -> None:
    line = f"zoo train --resume {shlex.quote(str(result.path))}"
    if as_json:
        print_json({"path": str(result.path), "stopped": True, "trained": result.trained, "resume": line})
    elif result.trained:
        click.echo(f"all epochs are done and saved, without final metrics; this measures them: {printable(line)}")
    else:
        click.echo(f"stopped and saved; this goes on: {printable(line)}")


def _into_next_free(work: Work, name: str, listen: Listener, stop: Stop) -> Result:
    """Trains into checkpoints/NAME-1.h5 or the next free number; another process may take a number before us."""
    Path("checkpoints").mkdir(exist_ok=True)
    for _ in range(1000):
        try:
            return work(next_free(Path("checkpoints", name), "h5", first=1), listen, stop)
        except CheckpointError as error:
            if not isinstance(error.__cause__, FileExistsError):
                raise
    raise CheckpointError(f"checkpoints/{name}-1.h5 and a thousand numbers after it are taken; name a file with --out")
