"""The contract suite, for the tests of plugin packages and our own, and what tests of checkpoints need.

Importing this package imports none of its modules: each name is fetched from its module when it is first asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoo.lazy_names import lazy_names

if TYPE_CHECKING:  # the list of public names, also at run time: see lazy_names
    from zoo.testing.case import Case as Case
    from zoo.testing.contract import CHECKS as CHECKS
    from zoo.testing.contract import name as name
    from zoo.testing.resealing import reseal as reseal
else:
    __getattr__, __dir__ = lazy_names(__name__)
