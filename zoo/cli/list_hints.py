"""Hints for plural names such as "datasets" given where one name was expected: which command lists them."""

from __future__ import annotations

LISTED = {
    "dataset": "zoo list --datasets",
    "data": "zoo list --datasets",
    "checkpoint": "zoo list --checkpoints",
    "architecture": "zoo list",
    "model": "zoo list",
    "network": "zoo list",
    "recipe": "zoo list",
    "family": "zoo list --family NAME",
    "plugin": "zoo plugins",
    "command": "zoo --help",
}
PLURALS = {(f"{word[:-1]}ies" if word.endswith("y") else f"{word}s"): word for word in LISTED if word != "data"}


def how_to_list(word: str) -> str:
    """The end of an error about a name that is the word for a kind: "; to list datasets: zoo list --datasets"; or
    nothing."""
    import difflib  # start-up time: of errors alone

    close = difflib.get_close_matches(word.lower(), [*LISTED, *PLURALS], n=1, cutoff=0.85)
    if not close:
        return ""
    kind = PLURALS.get(close[0], close[0])
    what = next((plural for plural, one in PLURALS.items() if one == kind), kind)
    return f"; to list {what}: {LISTED[kind]}"
