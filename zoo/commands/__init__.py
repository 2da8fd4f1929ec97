"""The command line: one file per command. It parses flags, calls `zoo.run` and prints what that gives."""

from zoo.commands.program import main

__all__ = ["main"]
