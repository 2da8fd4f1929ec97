"""Find whose code raised an unexpected error: zoo's or a plugin's."""

from __future__ import annotations

import os
import traceback

from zoo.registry.cache import sources
from zoo.registry.loader import FILE_MODULE


def culprit(error: BaseException) -> str:
    """ "zoo", or the plugin whose code, of all of zoo's and plugins' code in the traceback, is nearest to the error."""
    plugins = {each.module.partition(":")[0].partition(".")[0]: each.who for each in sources()}
    for frame, line in reversed(list(traceback.walk_tb(error.__traceback__))):
        module = str(frame.f_globals.get("__name__", "")).partition(".")[0]
        if module == "zoo":
            return "zoo"
        file = os.path.basename(frame.f_code.co_filename)
        who = f"plugin file {file}" if module.startswith(FILE_MODULE) else plugins.get(module)
        if who is not None:
            return f"{who} ({file}, line {line})"
    return "zoo"
