"""Workers need the same numba where its kernels compute a step, and there alone."""

from zoo.cluster.fingerprint import differences


def test_numba_counts_where_its_kernels_compute() -> None:
    here, there = {"numpy": "2", "numba": "0.68"}, {"numpy": "2"}
    assert differences(here, there, compiled=False) == ""
    assert differences(here, there, compiled=True) == "numba: 0.68 here, none there"
