"""Partial sums as a complete binary tree over piece numbers."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zoo.core.sum_tree import Sums, SumTree, add_sums


def pieces(count: int) -> list[Sums]:
    random = np.random.default_rng(count)
    return [{"x": random.standard_normal(5).astype("f4"), "n": np.asarray(random.random())} for _ in range(count)]


def added(parts: list[Sums]) -> Sums:
    tree = SumTree()
    for part in parts:
        tree.push({name: np.array(value) for name, value in part.items()})
    return tree.total()


def by_definition(parts: list[Sums]) -> Sums:
    """The largest full tree at the left, and what is left of it likewise."""
    if len(parts) == 1:
        return {name: np.array(value) for name, value in parts[0].items()}
    left = 1 << (len(parts) - 1).bit_length() - 1
    total = by_definition(parts[:left])
    add_sums(total, by_definition(parts[left:]))
    return total


def same(first: Sums, second: Sums) -> bool:
    return first.keys() == second.keys() and all(first[n].tobytes() == second[n].tobytes() for n in first)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_up_to_three_pieces_are_added_one_after_the_other(count: int) -> None:
    total: Sums = {}
    for part in pieces(count):
        add_sums(total, part)
    assert same(added(pieces(count)), total)


@pytest.mark.parametrize("count", range(1, 40))
def test_the_tree_is_complete(count: int) -> None:
    assert same(added(pieces(count)), by_definition(pieces(count)))


@given(count=st.integers(1, 40), data=st.data())
def test_any_aligned_ranges_give_the_bits_of_the_whole(count: int, data: st.DataObject) -> None:
    parts, tree, first = pieces(count), SumTree(), 0
    while first < count:
        largest = (first & -first or 64).bit_length() - 1
        level = data.draw(st.integers(0, min(largest, 6)))
        size = 2**level
        tree.push(added(parts[first : first + size]), level if first + size <= count else 0)
        first += size
    assert same(tree.total(), added(parts))


def test_a_range_that_is_not_aligned_is_refused() -> None:
    tree = SumTree()
    tree.push({"x": np.zeros(1)})
    with pytest.raises(ValueError, match="a range of 2 pieces does not begin at piece 1"):
        tree.push({"x": np.zeros(1)}, level=1)


@given(count=st.integers(0, 40), stop=st.integers(0, 40))
def test_a_tree_goes_on_from_its_stack(count: int, stop: int) -> None:
    stop = min(count, stop)
    tree = SumTree()
    for part in pieces(count)[:stop]:
        tree.push(part)
    assert tree.pieces == stop and len(tree.stack) == stop.bit_count()
    again = SumTree([(level, {name: np.array(value) for name, value in sums.items()}) for level, sums in tree.stack])
    for part in pieces(count)[stop:]:
        again.push(part)
    assert same(again.total(), added(pieces(count)))


def test_without_pieces_there_are_no_sums() -> None:
    assert SumTree().total() == {}


def test_a_name_that_few_pieces_have_is_kept() -> None:
    parts: list[Sums] = [{"x": np.ones(1)}, {"x": np.ones(1), "missing": np.full(2, 3.0)}, {"x": np.ones(1)}]
    assert added(parts)["missing"].tolist() == [3, 3] and added(parts)["x"] == 3


def test_rounding_errors_grow_with_the_logarithm() -> None:
    count = 2**14
    total = added([{"x": np.full(1, 0.1, "f4")} for _ in range(count)])
    exact = count * float(np.float32(0.1))
    assert abs(float(total["x"][0]) - exact) <= math.log2(count) * np.finfo("f4").eps * exact
