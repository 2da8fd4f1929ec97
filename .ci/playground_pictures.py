"""Renew the pictures of docs/playground.md and the README's recording, with a real browser.

    python .ci/playground_pictures.py [NAME …]

Needs chromium, Playwright for Python and Pillow.
"""

from __future__ import annotations

import base64
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import sync_playwright

PICTURES = Path(__file__).parents[1] / "docs" / "pictures"
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium")
# By name of the picture: the recipe, batches at which it is taken (0: at the end), size of the window, theme.
SHOTS = {
    "feedforward": ("moons", 0, (1280, 900), "light"),
    "convolutional": ("lenet5", 250, (1280, 1010), "light"),
    "recurrent": ("lstm-reber", 0, (1280, 1120), "light"),
    "boltzmann": ("bars", 3000, (1280, 820), "light"),
    "som": ("som-colours", 20, (1280, 880), "light"),
    "rbf": ("iris", 0, (1280, 760), "light"),
    "art": ("circle", 0, (1280, 860), "light"),
    "dark": ("spirals", 0, (1280, 900), "dark"),
}
FRAMES = (0, 4, 8, 14, 20, 28, 36, 46, 58, 72, 90, 110, 140, 180, 230, 300, 380, 480, 600, 760, 1000)


@contextmanager
def opened(*arguments: str) -> Iterator[str]:
    """The command, and the address it prints."""
    words = [sys.executable, "-m", "zoo", "playground", "--no-browser", *arguments]
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, cwd=folder)
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(20)


def at_batch(page: Any, steps: int) -> None:
    """Trains to a batch, or to the end."""
    page.select_option("#speed", "0")
    page.click("#play")
    if not steps:
        page.locator('html[data-state="done"]').wait_for(state="attached", timeout=120_000)
    else:
        while int(page.locator("html").get_attribute("data-steps")) < steps:
            page.wait_for_timeout(20)
            if page.locator("html").get_attribute("data-state") == "done":
                break
        if page.locator("html").get_attribute("data-state") == "playing":
            page.click("#play")
    page.wait_for_timeout(500)


def small(png: bytes, width: int = 1280) -> Image.Image:
    image = Image.open(io.BytesIO(png)).convert("RGB")
    return image.resize((width, round(image.height * width / image.width)), Image.Resampling.LANCZOS)


def shot(browser: Any, name: str) -> None:
    recipe, steps, (width, height), theme = SHOTS[name]
    with opened(recipe) as address:
        page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=theme)
        page.goto(address)
        page.locator("html[data-state]").wait_for(state="attached")
        at_batch(page, steps)
        image = small(page.screenshot())
        image.quantize(128, dither=Image.Dither.NONE).save(PICTURES / f"playground-{name}.png", optimize=True)
        page.close()


def recording(browser: Any) -> None:
    """Two moons are parted, batch by batch."""
    with opened("moons") as address:
        page = browser.new_page(viewport={"width": 860, "height": 900}, device_scale_factor=1)
        shared = json.dumps({"spec": {"name": "moons", "options": {"hidden": [6]}}}).encode()
        run = base64.urlsafe_b64encode(shared).decode().rstrip("=")
        page.goto(f"{address}&hide=knobs,own,save,share,about,lessons,theme,recipe,curves#run={run}")
        page.locator("html[data-state]").wait_for(state="attached")
        page.wait_for_timeout(300)
        frames = []
        done = 0
        for steps in FRAMES:
            for _ in range(steps - done):
                page.click("#step")
            done = steps
            page.locator(f'html[data-steps="{steps}"]').wait_for(state="attached")
            page.wait_for_timeout(150)
            frames.append(small(page.screenshot(), 640).quantize(64, dither=Image.Dither.NONE))
        times = [900] + [160] * (len(frames) - 2) + [2500]
        path = PICTURES / "playground.gif"
        frames[0].save(path, save_all=True, append_images=frames[1:], duration=times, loop=0, optimize=True)
        page.close()


def main(names: list[str]) -> None:
    with sync_playwright() as p:
        browser = p.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for name in names or [*SHOTS, "recording"]:
            if name == "recording":
                recording(browser)
            else:
                shot(browser, name)
        browser.close()


main(sys.argv[1:])
