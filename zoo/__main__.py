"""`python -m zoo` is the program `zoo`."""

import sys

from zoo.cli import main

sys.exit(main())
