"""The command line: one file per command. It parses flags, calls `zoo.training.run` and prints what that gives."""

from zoo.cli.app import main

__all__ = ["main"]
