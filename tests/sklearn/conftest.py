"""Estimators need scikit-learn."""

from __future__ import annotations

import pytest

pytest.importorskip("sklearn", minversion="1.6", reason="scikit-learn is not installed: pip install '.[sklearn]'")
