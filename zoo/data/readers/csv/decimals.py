"""Read decimal numbers in the bytes of a text: all cells at once, each rounded as Python's `float` rounds it.

Eight digits stand in one word of 64 bits and become a number by three multiplications (D. Lemire, "Number parsing at a
gigabyte per second", 2021, section 4). m · 10⁻ᵏ of whole m < 2⁵³ and k ≤ 22 is one division of exact numbers, so it is
rounded once (W. D. Clinger, "How to read floating point numbers accurately", 1990). Of more digits the remainder of
the division is carried along in a second float (T. J. Dekker, "A floating-point technique for extending the available
precision", 1971); the few cells whose sum lies too near the middle of two floats to be sure of are left to `float`, as
are those that are written otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from zoo.types import Array

PADDING = 64  # bytes that must stand before the first cell: words are read from the end of a cell backwards
AT_ONCE = 2**14  # cells: what is computed with them stays in the processor's cache
MOST_DECIMALS = 22  # 10²² is the largest power of ten that a float holds exactly
EXACT = 2**53
_POWERS = np.array([float(f"1e{k}") for k in range(MOST_DECIMALS + 1)])
_WHOLE_POWERS = np.array([10**k for k in range(20)], np.uint64)
_SIGNS = np.array([1.0, -1.0])
_SPLIT = 2.0**27 + 1
_HIGH = _POWERS * _SPLIT - (_POWERS * _SPLIT - _POWERS)
_LOW = _POWERS - _HIGH
_LAST = np.array([(2**64 - 1) & ~((1 << 8 * (8 - n)) - 1) for n in range(9)], np.uint64)  # the last n bytes of a word
_ZEROS, _SIX, _TENS = (np.uint64(byte * 0x0101010101010101) for byte in (0x30, 0x06, 0xF0))
_PAIRS, _FOURS, _EIGHT = np.uint64(0x00FF00FF00FF00FF), np.uint64(0x0000FFFF0000FFFF), np.uint64(0xFFFFFFFF)


@dataclass(frozen=True, eq=False)
class Cells:
    """Where cells stand in a text: `text` (bytes,), `start` and `stop` (cells,). `marks` are the places of all bytes
    that are no digits and no letters, `end` (cells,) says which of them ends each cell."""

    text: Array
    start: Array
    stop: Array
    marks: Array
    end: Array

    def __len__(self) -> int:
        return len(self.start)

    def __getitem__(self, which: slice | Array) -> Cells:
        return Cells(self.text, self.start[which], self.stop[which], self.marks, self.end[which])


def decimals(cells: Cells, point: int) -> tuple[Array, Array]:
    """(cells,) numbers, and which cells were read; `point` is the byte before the decimals.

    Read is what matches -?(\\d+(\\.\\d*)?|\\.\\d+)([eE][-+]\\d\\d)?, as far as digits and exponent are not too many.
    """
    values, read = np.empty(len(cells)), np.empty(len(cells), bool)
    for begin in range(0, len(cells), AT_ONCE):
        here = slice(begin, begin + AT_ONCE)
        values[here], read[here] = _plain(cells[here], point)
    rest = np.flatnonzero(~read & (cells.stop - cells.start >= 5))
    if len(rest):
        values[rest], read[rest] = _with_exponent(cells[rest], point)
    return values, read


def _plain(cells: Cells, point: int) -> tuple[Array, Array]:
    """Numbers without an exponent; those of one word, point and all, by themselves."""
    text = cells.text
    negative = text.take(cells.start) == ord("-")
    length = cells.stop - cells.start - negative
    dot = cells.marks.take(cells.end - 1)
    parts = cells.stop - dot
    pointed = (parts <= length) & (text.take(dot) == point)
    parts *= pointed  # digits behind the point, and it
    words = last_bytes(text, cells.stop, length, _ZEROS)
    behind = words & _LAST.take(parts - pointed, mode="clip")
    before = words & ~_LAST.take(parts, mode="clip")
    value, wrong = _number(np.where(pointed, behind | (before << np.uint64(8)), words))
    values = value.astype(np.float64)
    values /= _POWERS.take(parts - pointed, mode="clip")
    values *= _SIGNS.take(negative.view(np.int8))
    read = ((wrong & _TENS) == 0) & (length > pointed) & (length <= 8)
    long = np.flatnonzero(length > 8)
    if len(long):
        rest = cells if len(long) == len(cells) else cells[long]
        values[long], read[long] = _scaled(rest, rest.stop, rest.marks.take(rest.end - 1), point, None)
    return values, read


def _with_exponent(cells: Cells, point: int) -> tuple[Array, Array]:
    """Numbers that end in e, a sign and two digits, as Python and C write them."""
    end = cells.stop - 4
    mark, sign, tens, ones = (cells.text.take(end + n).astype(np.int64) for n in range(4))
    tens, ones = tens - ord("0"), ones - ord("0")
    fits = ((mark | 32) == ord("e")) & ((sign == ord("-")) | (sign == ord("+")))
    fits &= (tens >= 0) & (tens <= 9) & (ones >= 0) & (ones <= 9)
    exponent = (10 * tens + ones) * np.where(sign == ord("-"), -1, 1)
    values, read = _scaled(cells, end, cells.marks.take(cells.end - 2), point, exponent)
    return values, read & fits


def _scaled(cells: Cells, stop: Array, dot: Array, point: int, exponent: Array | None) -> tuple[Array, Array]:
    """The numbers in the cells up to `stop`, of which each may have its point at `dot`, times ten to the exponent."""
    text = cells.text
    negative = text.take(cells.start) == ord("-")
    start = cells.start + negative
    pointed = (dot >= start) & (text.take(dot) == point)
    parts = (stop - dot - 1) * pointed
    whole = stop - start - parts - pointed
    first, wrong, _ = _digits(text, start + whole, whole)
    second, also, top = _digits(text, stop, parts)
    # Below 2⁶⁴: at most 19 digits, or zeros before the point and 19 digits behind it.
    read = ((wrong | also) & _TENS) == 0
    count = whole + parts
    read &= (stop > start) & (count > 0) & (parts <= MOST_DECIMALS) & (whole <= 19)
    read &= (count <= 19) | ((first == 0) & (top < 1000))
    mantissa = second if not first.any() else first * _WHOLE_POWERS.take(parts, mode="clip") + second
    power = parts if exponent is None else parts - exponent
    if exponent is not None:
        read &= (power <= MOST_DECIMALS) & ((power >= 0) | ((mantissa < EXACT) & (power >= -MOST_DECIMALS)))
    values = mantissa.astype(np.float64)
    divisor = _POWERS.take(np.clip(power, 0, MOST_DECIMALS))
    long = np.flatnonzero(mantissa >= EXACT) if count.max(initial=0) > 15 else ()
    if len(long):
        quotient, sure = _divided(mantissa[long], np.clip(power[long], 0, MOST_DECIMALS))
        read[long] &= sure
    values /= divisor
    if len(long):
        values[long] = quotient
    if exponent is not None and (power < 0).any():
        values *= _POWERS.take(np.clip(-power, 0, MOST_DECIMALS))
    values *= _SIGNS.take(negative.view(np.int8))
    return values, read


def _digits(text: Array, stop: Array, length: Array) -> tuple[Array, Array, Array]:
    """(the number that up to 24 digits before `stop` say, bits that are set where one is no digit, the part of it in
    units of 10¹⁶)."""
    longest = int(length.max(initial=0))
    top = np.zeros(len(length), np.uint64)
    if longest <= 0:
        return top, top, top
    value, wrong = _eight(text, stop, length)
    if longest > 8:
        more, also = _eight(text, stop - 8, length - 8)
        value, wrong = value + more * np.uint64(10**8), wrong | also
    if longest > 16:
        top, also = _eight(text, stop - 16, length - 16)
        value, wrong = value + top * np.uint64(10**16), wrong | also
    return value, wrong, top


def _eight(text: Array, stop: Array, length: Array) -> tuple[Array, Array]:
    """The number in the last `length`, at most 8, bytes before `stop`, and bits that are set where one is no digit."""
    return _number(last_bytes(text, stop, length, _ZEROS))


def _number(words: Array) -> tuple[Array, Array]:
    """The number that the digits in words say, of which the last is in the highest byte."""
    wrong = (words + _SIX) | words
    words = words * np.uint64(10) + (words >> np.uint64(8))  # the first digit of a pair is in its lower byte
    words &= _PAIRS
    words = words * np.uint64(100) + (words >> np.uint64(16))
    words &= _FOURS
    return (words & _EIGHT) * np.uint64(10_000) + (words >> np.uint64(32)), wrong


def last_bytes(text: Array, stop: Array, length: Array, flip: np.uint64 | None = None) -> Array:
    """(cells,) words of the last `length`, at most 8, bytes before `stop`, the last in the highest; zeros below."""
    every_place: Array = np.ndarray((len(text) - 7,), "<u8", text, 0, (1,))
    words: Array = every_place[stop - 8].astype(np.uint64, copy=False)
    if flip is not None:
        words ^= flip
    words &= _LAST.take(length, mode="clip")
    return words


def _divided(whole: Array, power: Array) -> tuple[Array, Array]:
    """whole / 10^power of whole numbers below 2⁶⁴, rounded to the nearest, and of which that is sure."""
    divisor = _POWERS.take(power)
    near = whole.astype(np.float64)
    rest = (whole - near.astype(np.uint64)).astype(np.int64).astype(np.float64)
    quotient = near / divisor
    split = quotient * _SPLIT
    high = split - (split - quotient)
    low = quotient - high
    product = quotient * divisor
    beyond = ((high * _HIGH.take(power) - product) + high * _LOW.take(power) + low * _HIGH.take(power)) + (
        low * _LOW.take(power)
    )
    more = ((near - product) - beyond + rest) / divisor
    values = quotient + more
    off = np.abs(more - (values - quotient))
    half = np.spacing(values) / 2  # at a power of two the float below is half as far
    sure: Array = (np.abs(off - half) > half * 2.0**-20) & (np.abs(off - half / 2) > half * 2.0**-20)
    return values, sure
