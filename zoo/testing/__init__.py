"""The contract suite, for the tests of plugin packages and our own, and what tests of checkpoints need."""

from zoo.checkpoint.reseal import reseal
from zoo.testing.case import Case
from zoo.testing.contract import CHECKS, name

__all__ = ["CHECKS", "Case", "name", "reseal"]
