"""Tables cut by NumPy are those that the csv module reads: the same values to the bit, the same refusals."""

from __future__ import annotations

import csv
import io
import math
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from zoo.data.options import DataOptions
from zoo.data.readers.csv import cut, distinct, parse
from zoo.data.readers.csv.column_choice import choose
from zoo.data.readers.csv.decimals import PADDING, Cells, decimals
from zoo.data.readers.csv.distinct import WordNumbers
from zoo.data.readers.csv.parse import _Reading
from zoo.data.readers.csv.sniff import look_at
from zoo.errors import ZooError
from zoo.types import Array

# --- numbers ----------------------------------------------------------------------------------------------------------


def read(texts: list[str], point: str = ".") -> tuple[Array, Array]:
    """Numbers, and which were read."""
    text = np.frombuffer(b"\n" * PADDING + "".join(each + "\n" for each in texts).encode(), np.uint8)
    marks = np.flatnonzero(text < ord("0"))
    ends = np.flatnonzero(text[marks] == ord("\n"))[PADDING:]
    stop = marks[ends]
    start = np.concatenate([[PADDING], stop[:-1] + 1])
    return decimals(Cells(text, start, stop, marks, ends), ord(point))


def check(texts: list[str]) -> Array:
    """Each number that was read has the bits of Python's; returns which were."""
    values, known = read(texts)
    for text, value, was_read in zip(texts, values, known, strict=True):
        assert not was_read or np.float64(value).tobytes() == np.float64(text).tobytes(), text
    return known


NUMBERS = [
    (lambda r: f"{r.gauss(0, 1):.{r.randint(0, 12)}f}", 1.0),
    (lambda r: repr(r.gauss(0, 1)), 0.99),
    (lambda r: repr(r.random() * 10.0 ** r.randint(-4, 18)), 0.97),
    (lambda r: f"{r.gauss(0, 1) * 10 ** r.randint(-2, 16):.18e}", 0.95),
    (lambda r: str(r.randint(-(10**18), 10**18) // 10 ** r.randint(0, 18)), 0.95),
    (lambda r: f"{r.getrandbits(r.randint(1, 40))}.{r.getrandbits(r.randint(1, 20))}", 1.0),
    (lambda r: f"0.{'0' * r.randint(0, 6)}{r.getrandbits(r.randint(1, 50))}", 0.99),
    (lambda r: f"{r.randint(1, 9)}e{r.choice('+-')}{r.randint(0, 22):02}", 1.0),
]


@pytest.mark.parametrize(("number", "share"), NUMBERS, ids=range(len(NUMBERS)))
def test_numbers_have_the_bits_that_python_gives_them(number: Any, share: float) -> None:
    source = random.Random(0)
    assert check([number(source) for _ in range(20_000)]).mean() >= share


def test_numbers_in_the_middle_of_two_floats_are_left_to_python() -> None:
    source, middles = random.Random(0), []
    for _ in range(5000):
        whole = 2 * (source.getrandbits(53) | 2**52) + 1  # of 54 bits, the last of them 1
        power = source.randint(0, 3)
        digits = str(whole * 5**power)
        middles.append(f"{digits[:-power]}.{digits[-power:]}" if power else digits)
        middles += [f"{whole - 1}", f"{whole * 10 + 1}"]  # and beside it
    known = check(middles)
    assert not known[::3].any() and known[1::3].all()


@pytest.mark.parametrize(
    "text", ["", "-", ".", "-.", "1.2.3", "1-2", "--1", "1e5", "e+05", "1e+5", "x", "1 ", "+1", "1_0", "1:", "/1"]
)
def test_what_is_no_plain_number_is_left_to_python(text: str) -> None:
    assert not read(["1", text, "2.5"])[1][1]


@pytest.mark.parametrize(
    "text", ["-0", "-0.0", "0", ".5", "-.5", "5.", "00012", "9" * 15, "-" + "9" * 19, "0." + "0" * 15 + "123"]
)
def test_plain_numbers_are_read(text: str) -> None:
    assert check(["7", text, "2.5"]).all()


def test_a_comma_may_be_the_point() -> None:
    values, known = read(["1,5", "-,25", "3", "1.5", "1,5e-03"], ",")
    assert values[known].tolist() == [1.5, -0.25, 3, 0.0015] and known.tolist() == [True, True, True, False, True]


# --- words ------------------------------------------------------------------------------------------------------------


@given(st.lists(st.lists(st.sampled_from([0, 1, 2**63, 2**64 - 1, *range(7, 4000, 13)]), max_size=50), max_size=8))
@example([[0], [0, 2**64 - 1], [2**64 - 1, 0, 5]])
def test_words_are_numbered_as_they_come_first(blocks: list[list[int]]) -> None:
    numbers, expected = WordNumbers(), {}
    for block in blocks:
        got = numbers.of(np.array(block, np.uint64))
        assert got.tolist() == [expected.setdefault(word, len(expected)) for word in block]


# --- tables -----------------------------------------------------------------------------------------------------------

FIELDS = {
    "numbers": [
        "1",
        "-2.5",
        "0.1",
        "1e-05",
        "1234567.8901234567",
        "3.",
        "-0",
        "17",
        "12345678901234567890",
        " 4",
        "5 ",
    ],
    "missing": ["1", "", "NA", "-", "2.25", "nan", "?", " "],
    "text": [
        "a",
        "b",
        "",
        "a longer text",
        "a much longer text than fits in some words",
        "ä",
        "naïve",
        " a",
        "b ",
        "x" * 70,
    ],
    "quoted": ["a", 'say "b"', "c,d", "e\nf", "", " g", "h;i"],
    "comma": ["1,5", "-2,25", "3", ",5", "1,5e-03"],
    "dates": ["2020-01-31", "2021-12-01", "1999-05-05"],
    "codes": ["01", "02", "10"],
    "yes": ["yes", "no"],
    "odd": ["1", "inf", "x", "1_0", "٣", "0x1", "1\t"],
}


def read_both(path: Path, **options: Any) -> tuple[Any, Any]:
    """What the rows, and what the bytes of a table come to; a text where it is refused."""
    data = DataOptions.of(options, "test")
    found = []
    for way in ("by_rows", "by_bytes"):
        try:
            layout = look_at(path, data)
            choice = choose(layout, data)
            reading = _Reading(layout, choice.inputs + choice.targets, choice.text, data, choice.inputs, "")
            table = getattr(reading, way)()
            written = [column.written() if column.written else None for column in table.columns]
            found.append((table.columns, table.repeats, written, np.array(table.cells[:]).tobytes()))
        except (ZooError, cut.Unclear, UnicodeError) as error:
            found.append(error)
    return found[0], found[1]


def agree(path: Path, **options: Any) -> bool:
    """Whether both ways come to the same, or the bytes leave it to the rows; true where they did not."""
    rows, cells = read_both(path, **options)
    if isinstance(cells, Exception):
        return False
    assert not isinstance(rows, Exception), rows
    assert rows == cells
    return True


@settings(max_examples=150, deadline=None)
@given(
    kinds=st.lists(st.sampled_from(sorted(FIELDS)), min_size=1, max_size=5),
    rows=st.integers(2, 90),
    delimiter=st.sampled_from(",;\t|"),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    end=st.sampled_from(["\n", "\r\n"]),
    spoil=st.sampled_from(["", "", "", "blank", "ragged", "header", "space", "cr", "bom"]),
    seed=st.integers(0, 2**32),
    block=st.sampled_from([64, 300, 2**20]),
    missing=st.sampled_from(["error", "mean"]),
)
def test_rows_and_bytes_agree(
    tmp_path_factory: pytest.TempPathFactory,
    kinds: list[str],
    rows: int,
    delimiter: str,
    quoting: Any,
    end: str,
    spoil: str,
    seed: int,
    block: int,
    missing: str,
) -> None:
    source = random.Random(seed)
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, quoting=quoting, lineterminator=end)
    writer.writerow(names := [f"{kind}{place}" for place, kind in enumerate(kinds)])
    for number in range(rows):
        writer.writerow([source.choice(FIELDS[kind]) for kind in kinds])
        if spoil and number == rows // 2:
            text.write({"blank": end, "ragged": "1" + end, "header": delimiter.join(names) + end}.get(spoil, ""))
    whole = text.getvalue()
    if spoil == "space":
        whole = whole.replace(delimiter, delimiter + " ")
    if spoil == "cr":
        whole = whole[:-3] + "\r" + whole[-3:]
    path = tmp_path_factory.mktemp("t") / "t.csv"
    path.write_bytes(whole.encode("utf-8-sig" if spoil == "bom" else "utf-8"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cut, "BLOCK", block)
        patch.setattr(distinct, "FEW", 4)
        patch.setattr(distinct, "MANY", 5 if seed % 2 else 2**16)
        name = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}[delimiter]
        agree(path, missing=missing, delimiter=name, header="yes")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "latin-1", "gb18030", "shift-jis"])
def test_any_encoding_is_cut(encoding: str, tmp_path: Path) -> None:
    letter = "表" if encoding in ("gb18030", "shift-jis") else "é"
    path = tmp_path / "t.csv"
    path.write_bytes(("a,b,c\n" + "".join(f"{n}.5,{letter}{n % 3},{n % 2}\n" for n in range(200))).encode(encoding))
    assert agree(path, encoding=encoding)


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param([f"{n}.5,{'xyz'[n % 3]},{n % 2}" for n in range(300)], id="plain"),
        pytest.param([f'"{n}.5","{"xyz"[n % 3]}","{n % 2}"' for n in range(300)], id="all quoted"),
        pytest.param([f"{n}.5,{'xyz'[n % 3]},{n % 2}" + "\n" * (n % 100 == 99) for n in range(300)], id="blank lines"),
        pytest.param([f'{n}.5,"{"x,y" if n % 50 == 3 else "z"}",{n % 2}' for n in range(300)], id="a few delimiters"),
        pytest.param([f"{n}.5, {'xyz'[n % 3]}, {n % 2}" for n in range(300)], id="blanks"),
        pytest.param([f"{n}.5,2020-{1 + n % 12:02}-{1 + n % 28:02},{n % 2}" for n in range(300)], id="dates"),
        pytest.param(["a,b,c" if n == 250 else f"{n}.5,z,{n % 2}" for n in range(300)], id="names again"),
        pytest.param(
            ["a,b,c" if n == 250 else "u,v,w" if n % 2 else "x,y,z" for n in range(300)], id="names and texts"
        ),
    ],
)
def test_usual_tables_are_read_from_their_bytes(lines: list[str], tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("\n".join(["a,b,c", *lines]))
    assert agree(path, header="yes")


def test_a_refusal_names_row_and_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also far behind the rows by which the columns are judged, and in a later block."""
    monkeypatch.setattr(cut, "BLOCK", 2**12)
    lines = [f"{n}.5,{n % 2}" for n in range(20_000)]
    lines[15_000] = "oops,1"
    (path := tmp_path / "t.csv").write_text("\n".join(["a,b", *lines]))
    rows, cells = read_both(path)
    assert isinstance(cells, Exception)
    assert "column 'a', row 15001 (line 15002): got 'oops', expected a number" in str(rows)
    lines[15_000] = ",1"
    path.write_text("\n".join(["a,b", *lines]))
    assert "column 'a', row 15001 (line 15002): got nothing, expected a value" in str(read_both(path)[0])
    lines[15_000] = "1,2,3"
    path.write_text("\n".join(["a,b", *lines]))
    assert "row 15001 (line 15002) has 3 cells, expected 2" in str(read_both(path)[0])


def test_nothing_is_read_twice_where_nothing_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parse._Reading, "by_rows", lambda self: pytest.fail("read by rows"))
    path = tmp_path / "t.csv"
    path.write_text("a,b,c\n" + "".join(f"{n / 7},{'uv'[n % 2]},{math.sin(n)}\n" for n in range(300)))
    layout = look_at(path, DataOptions())
    choice = choose(layout, DataOptions())
    parse.read(layout, choice.inputs + choice.targets, choice.text, DataOptions(), choice.inputs)


@pytest.mark.parametrize("count", [3, 900, 1500])
def test_cells_of_classes_are_as_written(count: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "t.csv"
    path.write_text(
        "a,b\n" + "".join(f"{n},{['', ' 1.0', '2.50 '][n % 3] if count == 3 else n % count}\n" for n in range(3000))
    )
    layout = look_at(path, DataOptions())
    found = parse._written(layout, 1)
    assert found == parse._written_in_bytes(layout, 1)
    monkeypatch.setattr(parse, "cut", lambda block, layout: None)
    assert found == parse._written(layout, 1)
    assert (found is None) == (count > parse.MOST_WRITTEN)
