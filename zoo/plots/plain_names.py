"""Names from data and files as plots show them: no mathematics, no control characters, shortened to the plot's width.

matplotlib sets what stands between two `$` as a formula, and leaves out of a legend what begins with `_`. Names of
classes, columns and curves come from anybody.
"""

from __future__ import annotations

LONGEST = 60  # characters of a name


def shown_name(name: object) -> str:
    """A name as a text of matplotlib's that shows it as it is, on one line of bounded length."""
    text = "".join(each if each.isprintable() else ascii(each)[1:-1] for each in str(name)[: LONGEST + 1])
    text = text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
    return (" " if text.startswith("_") else "") + text.replace("$", r"\$")
