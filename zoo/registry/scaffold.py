"""Write a new plugin package from `zoo/registry/template`."""

from __future__ import annotations

import re
from pathlib import Path

import zoo
from zoo.errors import UsageError
from zoo.platform.output_files import is_left_over, new_folder
from zoo.platform.paths import NAME, expanded
from zoo.registry.lookup import registry

# Where each file of the template goes; the words in capitals are filled in, here and in the files.
FILES = {
    "pyproject.toml.txt": "pyproject.toml",
    "README.md.txt": "README.md",
    "gitignore.txt": ".gitignore",
    "init.py.txt": "MODULE/__init__.py",
    "network.py.txt": "MODULE/network.py",
    "recipe.toml.txt": "MODULE/recipes/NAME-digits.toml",
    "test.py.txt": "tests/test_MODULE.py",
}


def words(name: str) -> dict[str, str]:
    """What the words in capitals are: `nearest-mean` is the package zoo-nearest-mean with a NearestMeanNetwork."""
    plain = re.sub(r"^zoo[-_]", "", name)
    if not NAME.fullmatch(plain):
        raise UsageError(f"new-plugin: name {name!a}: expected small letters, digits, - and _, 63 at most")
    stem = "".join(part.capitalize() for part in re.split(r"[-_]+", plain))
    return {
        "NAME": plain,
        "ENTRY": plain,
        "PACKAGE": f"zoo-{plain}".replace("_", "-"),
        "MODULE": f"zoo_{plain}".replace("-", "_"),
        "STEM": stem if stem[0].isalpha() else f"The{stem}",  # of the names of classes
        "ZOO_VERSION": zoo.__version__,
    }


def write_package(name: str, folder: str | Path | None = None) -> Path:
    """A complete package for an architecture of this name, in `folder` (default: ./zoo-NAME); gives the folder.

    `UsageError` when something has the name already, or the folder is not empty.
    """
    filled = words(name)
    for plugin, offer in registry().offers("architecture", "recipe"):
        if offer.name == filled["NAME"]:
            raise UsageError(
                f"new-plugin: package {plugin.package} has the {offer.kind} {offer.name!r}; take a free name"
            )
    target = expanded(filled["PACKAGE"] if folder is None else folder)
    if target.exists() and not target.is_dir():
        raise UsageError(f"new-plugin: {str(target)!a} is a file, expected a folder that is empty or not there")
    if target.is_dir() and not all(map(is_left_over, target.iterdir())):
        raise UsageError(f"new-plugin: the folder {str(target)!a} is not empty; name another with --out, or empty it")
    template = Path(__file__).parent / "template"
    with new_folder(target, "new-plugin: the folder") as folder:
        for source, place in FILES.items():
            path = folder / fill(place, filled)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(fill((template / source).read_text("utf-8"), filled), "utf-8")
    return target


def fill(text: str, words: dict[str, str]) -> str:
    """The text with its words in capitals filled in."""
    return re.sub("|".join(words), lambda found: words[found[0]], text)
