"""The contract suite, for the tests of plugin packages and our own, and what tests of checkpoints need."""

from zoo.testing.case import Case
from zoo.testing.contract import CHECKS, name

__all__ = ["CHECKS", "Case", "name"]
