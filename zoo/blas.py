"""NumPy's BLAS: what is known of it, and how it is held to one thread."""

from __future__ import annotations

from functools import cache
from typing import Any

import threadpoolctl

WITH_SMALL_KERNELS = ("SkylakeX", "Cooperlake", "SapphireRapids")  # OpenBLAS' names of processors with AVX-512


def libraries() -> list[dict[str, Any]]:
    """What threadpoolctl says of every BLAS in this process: others than NumPy may have brought theirs."""
    return [library for library in threadpoolctl.threadpool_info() if library.get("user_api") == "blas"]


def is_known() -> bool:
    """Whether threadpoolctl can hold this NumPy's BLAS to one thread; where it cannot, exactness is not promised."""
    return bool(libraries())


def one_thread() -> Any:
    """Holds BLAS to one thread from now on, until `restore_original_limits` of what is returned."""
    return threadpoolctl.threadpool_limits(1, user_api="blas")


@cache
def small_kernels() -> bool:
    """Whether NumPy's BLAS multiplies small matrices as they lie, without packing them first."""
    found = [library for library in libraries() if library.get("internal_api") == "openblas"]
    own = [library for library in found if "numpy" in str(library.get("filepath"))] or found
    return bool(own) and all(library.get("architecture") in WITH_SMALL_KERNELS for library in own)
