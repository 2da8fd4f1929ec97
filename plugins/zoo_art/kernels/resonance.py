"""The search for resonance, all categories looked at together; equals the search cycle of every rule of the family.

The gain is that of the kernels that call it: no loop over categories.

The category with the largest choice value is tried first. If it matches the input at least as well as the vigilance
asks for, the two resonate and it learns; else it is reset, and the next takes its place. An input that no category
matches commits a new one.
"""

from __future__ import annotations

import numpy as np

from zoo import Array

NEW = -1  # the number of a category that is not there yet


def search(choice: Array, match: Array, vigilance: float, uncommitted: float) -> tuple[int, int]:
    """(J, resets): J has the largest T_j among the categories whose match is at least ρ; of equals the first.

    choice T (categories,), match (categories,). `uncommitted` is the choice value of a node that stands for no category
    yet and matches everything: where it is larger than that of J, or no J is left, J is NEW. Minus infinity: it comes
    last. `resets` counts the categories that were tried before and did not match. All are looked at together, which
    gives what trying them one after the other gives.
    """
    if not len(choice):
        return NEW, 0
    J = int(choice.argmax())
    if match[J] >= vigilance and choice[J] >= uncommitted:
        return J, 0
    fitting = np.where(match >= vigilance, choice, -np.inf)
    J = int(fitting.argmax())
    best = fitting[J]
    if best < uncommitted or best == -np.inf:
        return NEW, int(np.count_nonzero(choice >= uncommitted))
    # None of those tried before matches, or it would have been J.
    return J, int(np.count_nonzero(choice > best) + np.count_nonzero(choice[:J] == best))
