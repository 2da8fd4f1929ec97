"""How messages name an option: as a flag of the command line, or as an argument of a function in Python.

Messages are written with flags: "hold some out with --validation 0.1". While a public function of Python runs, errors
and warnings name arguments instead: "hold some out with validation=0.1". What is written as a whole command, such as
"zoo train --resume a.h5", stays one.
"""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Iterator

SWITCHES = ("trusted", "probabilities")  # flags without a value, which Python gives one
CHOICES: set[str] = set()  # values that options declare: words behind a flag that are not the rest of a sentence

_NUMBER = r"[-+]?\d[\d_]*(?:\.\d+)?(?:[eE][-+]?\d+)?(?![\w.,]*\w)"
_LIST = r"[A-Za-z_][\w/-]*(?:,[\w/-]+)+"
_FLAG = re.compile(
    r"(?P<command>\bzoo [a-z][a-z-]*(?: [^\s;,]+)*)"
    r"|(?<![\w/.'\"-])--(?:(?P<phase>[A-Za-z0-9_-]+)\.)?(?P<name>[a-z][a-z0-9]*(?:-[a-z0-9]+)*)(?![\w-])"
    rf"(?:[ =](?P<value>'[^']*'|\"[^\"]*\"|{_NUMBER}|{_LIST}|[A-Z]{{2,}}\b|[A-Za-z][\w/-]*))?"
)
_lock = threading.Lock()
_calls = 0


@contextlib.contextmanager
def as_arguments() -> Iterator[None]:
    """Inside, messages name arguments."""
    global _calls
    with _lock:
        _calls += 1
    try:
        yield
    finally:
        with _lock:
            _calls -= 1


def worded(message: object) -> object:
    """A message as whoever called knows the options."""
    return with_arguments(message) if _calls and isinstance(message, str) else message


def call(command: str, subject: str) -> str:
    """How a command about a subject is called: train('mlp') in Python, "train mlp" on the command line."""
    return f"{command}({subject!r})" if _calls else f"{command} {ascii(subject)[1:-1]}"


def with_arguments(message: str) -> str:
    """A message with every flag as an argument: "--missing mean" is "missing='mean'"."""
    return _FLAG.sub(_argument, message) if "--" in message else message


def _argument(found: re.Match[str]) -> str:
    if found["command"]:
        return found[0]
    name, phase, value = found["name"].replace("-", "_"), found["phase"], found["value"]
    rest = "" if value is None else found[0][found.start("value") - found.start() - 1 :]
    if value is not None and _is_value(value, found.string[found.end() :]):
        value = {"true": "True", "false": "False"}.get(value, value)
        written = repr(value) if value[0].islower() or _is_list(value) else value
        return f"{phase}={{{name!r}: {written}}}" if phase else f"{name}={written}"
    if phase:
        return f"{phase}.{name}{rest}"
    return f"{name}=True{rest}" if name in SWITCHES else name + rest


def _is_value(word: str, after: str) -> bool:
    """Whether what stands behind a flag is its value: no word of the sentence, which would go on."""
    if word in ("and", "or"):
        return False
    if not word[0].islower() or _is_list(word) or word in CHOICES or word in ("true", "false"):
        return True
    return not after or after[0] in ";,.):" or after.startswith(" --")


def _is_list(word: str) -> bool:
    return "," in word and word[0] not in "'\""
