"""The contract suite, for the tests of plugin packages and our own, and what tests of checkpoints need."""

from zoo.testing.case import Case
from zoo.testing.contract import CHECKS, name
from zoo.testing.reseal import reseal

__all__ = ["CHECKS", "Case", "name", "reseal"]
