"""Prints the commands of README.md's first two shell blocks: the lines a newcomer types first."""

import re
import sys
from pathlib import Path

text = Path(sys.argv[1]).read_text(encoding="utf-8")
blocks = re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL)[:2]
lines = [line for block in blocks for line in block.splitlines() if line.strip()]
if len(lines) != 2:
    sys.exit(f"README.md: its first two shell blocks hold {len(lines)} lines, expected one each")
print("\n".join(lines))
