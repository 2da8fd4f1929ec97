"""Escape text from files for terminals: no control characters."""

from __future__ import annotations

LONGEST = 2000  # characters of a message


def printable(text: str) -> str:
    """The text with escapes for what a terminal would not show but obey: control characters, marks of direction."""
    return text if text.isprintable() else "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)


def one_line(message: str) -> str:
    """A message as one line of about `LONGEST` characters at most; of a longer one its middle is left out."""
    if len(message) <= LONGEST:
        if message.isprintable():
            return message
        line = _escaped(message)
        if len(line) <= LONGEST:
            return line
    head, tail = _escaped(message[:LONGEST]), _escaped(message[-LONGEST:])
    return f"{head[: LONGEST // 2]} … ({len(message):,} characters) … {tail[-LONGEST // 3 :]}"


def _escaped(text: str) -> str:
    return printable(" ".join(part for line in text.splitlines() if (part := line.strip())))
