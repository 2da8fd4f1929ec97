"""Tries an installed wheel from an empty folder: everything listed is there by name, trains, and is evaluated."""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

zoo = sys.argv[1]
checkout = Path(__file__).resolve().parent.parent


def run(*arguments: str) -> str:
    began = time.monotonic()
    done = subprocess.run([zoo, *arguments], capture_output=True, text=True, check=False)
    print(f"$ zoo {' '.join(arguments)}   ({time.monotonic() - began:.1f} s)", flush=True)
    if done.returncode != 0:
        sys.exit(f"exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    listed = json.loads(run("list", "--json"))
    recipes = {each["name"] for each in listed if each["kind"] == "recipe"}
    families = {each["family"] for each in listed if each["kind"] == "architecture"}
    wanted = {path.stem for path in (checkout / "models").rglob("*.toml")}
    plugins = {path.name.removeprefix("zoo_") for path in (checkout / "plugins").glob("zoo_*")}
    if wanted - recipes:
        sys.exit(f"recipes missing from the wheel: {sorted(wanted - recipes)}")
    if plugins - families:
        sys.exit(f"families missing from the wheel: {sorted(plugins - families)}")
    shipped = {path.stem for path in (checkout / "checkpoints").glob("*/*.h5")}
    for name in sorted(shipped):
        run("show", name)
        if not name.endswith("-mnist") or "ZOO_DATA" in os.environ:
            run("eval", name)
    run("train", "nand", "--quiet")
    for file in Path("checkpoints").glob("*.h5"):
        run("eval", str(file))
    print(f"the wheel holds {len(recipes)} recipes, {len(families)} families and {len(shipped)} checkpoints")
