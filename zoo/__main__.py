"""`python -m zoo` is the program `zoo`."""

import sys

from zoo.commands import main

sys.exit(main())
