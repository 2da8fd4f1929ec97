"""`zoo sample`: text from a language model, written as it comes."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import click

from zoo.commands.output import print_json, printable
from zoo.errors import UsageError
from zoo.registry import find_checkpoint


@click.command("sample")
@click.argument("file")
@click.option("--length", type=click.IntRange(1, 10**9), default=500, show_default=True, help="Symbols to write.")
@click.option(
    "--temperature",
    type=click.FloatRange(0, 1000),
    default=1.0,
    show_default=True,
    help="1: as learned; lower: likelier symbols; 0: always the likeliest.",
)
@click.option("--prompt", metavar="TEXT", default="", help="What the model goes on from.")
@click.option(
    "--seed", type=click.IntRange(0, 2**63 - 1), default=0, show_default=True, help="Another seed, other text."
)
@click.option("--trusted", is_flag=True, help="Read the checkpoint without a child process that looks at it first.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def command(file: str, length: int, temperature: float, prompt: str, seed: int, trusted: bool, as_json: bool) -> None:
    """Write text as a language model has learned it.

    FILE is a checkpoint or the name of one that was shipped. The text is written symbol by symbol as it is drawn,
    after the prompt; the same seed writes the same.
    """
    from zoo import run
    from zoo.generative import Writes
    from zoo.streams import Stream
    from zoo.workers import Workers

    model = run.load(find_checkpoint(file), trusted=trusted)
    if not isinstance(model, Writes):
        raise UsageError(
            f"sample: {model.architecture.name} writes no text, expected a language model, such as an lstm's"
        )
    with Workers(1):
        written = model.write(length, temperature, prompt, Stream(seed))
        if as_json:
            print_json({"prompt": prompt, "text": "".join(written)})
        else:
            _stream(prompt, written)


def _stream(prompt: str, written: Iterator[str]) -> None:
    """The prompt and what follows it, each symbol shown at once; control characters escaped, but not \\n and \\t."""
    first = next(written, "")  # whatever is wrong is said before anything is shown
    sys.stdout.write(_shown(prompt))
    sys.stdout.write(_shown(first))
    for symbol in written:
        sys.stdout.write(_shown(symbol))
        sys.stdout.flush()
    sys.stdout.write("\n")


def _shown(text: str) -> str:
    return "".join(each if each in "\n\t" else printable(each) for each in text)
