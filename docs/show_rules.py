"""Put the code of rules into the pages that show them: `python docs/show_rules.py`.

A page names a rule in a comment, `<!-- rule: plugins/zoo_som/rules/online.py::online_step -->`, several functions of a
file with commas between. The block of code below it is replaced by those functions as they stand in the file; a test
fails where a page shows anything else.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MARKED = re.compile(r"<!-- rule: (?P<path>[\w/]+\.py)::(?P<names>[\w,]+) -->\n(?:```python\n.*?\n```\n)?", re.DOTALL)


def code_of(path: Path, names: list[str]) -> str:
    """The source of functions of a file, in the order named."""
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    found = {each.name: each for each in ast.parse(text).body if isinstance(each, ast.FunctionDef)}
    if missing := [name for name in names if name not in found]:
        raise SystemExit(f"{path.relative_to(ROOT)}: there is no function {missing[0]}; there are {', '.join(found)}")
    return "\n\n\n".join("\n".join(lines[found[name].lineno - 1 : found[name].end_lineno]) for name in names)


def with_rules(page: str) -> str:
    """The text of a page with the code below each comment as the file has it now."""

    def block(match: re.Match[str]) -> str:
        code = code_of(ROOT / match["path"], match["names"].split(","))
        return f"<!-- rule: {match['path']}::{match['names']} -->\n```python\n{code}\n```\n"

    return MARKED.sub(block, page)


def main() -> None:
    for page in sorted((ROOT / "docs").glob("*.md")):
        text = page.read_text(encoding="utf-8")
        if (shown := with_rules(text)) != text:
            page.write_text(shown, encoding="utf-8")
            print(f"{page.relative_to(ROOT)}: rules brought up to date")


if __name__ == "__main__":
    main()
