"""Type aliases shared by many modules."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]  # of any shape and any dtype; docstrings give both
Shape = tuple[int, ...]
