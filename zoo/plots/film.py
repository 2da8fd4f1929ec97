"""Draw one plot again and again while a model learns: a strip of frames, or a GIF."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.errors import UsageError, did_you_mean
from zoo.platform.output_files import new_file
from zoo.plots.style import INK
from zoo.registry.lookup import plots_for
from zoo.types import Array

if TYPE_CHECKING:
    from zoo.core.model import Model
    from zoo.plots.plot import Plot

DOTS = 72  # per inch, of a frame
HEAD = 0.35  # inches of the title above it
SECONDS = 0.6  # that a frame of a GIF is seen; the last one three times as long
MOST_FRAMES = 200


def frame_epochs(frames: int, epochs: int) -> list[int]:
    """After which epochs frames are drawn: 0, 1, …, the last, the further apart the later, since nets change less and
    less."""
    if frames >= epochs + 1:
        return list(range(epochs + 1))
    steps = np.geomspace(1, epochs, max(1, frames - 1))
    chosen = {0, epochs, *np.round(steps).astype(int).tolist()}
    spare = (epoch for epoch in range(epochs) if epoch not in chosen)
    while len(chosen) < frames:
        chosen.add(next(spare))
    return sorted(chosen)


def film_plot(model: Model, name: str) -> Plot:
    """The plot of this name that applies to the model; `UsageError` where none does."""
    plots = {plot.name: plot for plot in plots_for(model)}
    if name not in plots:
        raise UsageError(f"film: plots: no plot {name!a} applies to this model{did_you_mean(name, plots)}")
    return plots[name]


def film_ending(out: str | Path) -> str:
    """ "png" for a strip, "gif"; `UsageError` for another file, or one that is there."""
    if not isinstance(out, (str, Path)):
        raise UsageError(f"film: out is {ascii(out)[:60]}, expected the path of a .png or a .gif")
    path = Path(out)
    ending = path.suffix[1:].lower()
    if ending not in ("png", "gif"):
        raise UsageError(f"film: out {str(out)!a}: expected a .png, a strip of frames, or a .gif")
    if path.exists():
        raise UsageError(f"film: out {str(out)!a} exists already and is never overwritten; name another file")
    return ending


def draw_frame(plot: Plot, model: Model, samples: Any, title: str) -> Array:
    """The plot of the model as it stands, below a title: (height, width, 4) of bytes."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5.0, 4.0))
    plot.draw(model, samples if plot.needs_data else None, figure)
    head = Figure(figsize=(figure.get_size_inches()[0], HEAD))
    head.text(0.03, 0.35, title, ha="left", va="center", fontsize=13, color=INK, fontweight="bold")
    drawn = []
    for each in (head, figure):
        each.set_dpi(DOTS)
        canvas: Any = FigureCanvasAgg(each)
        canvas.draw()
        drawn.append(np.array(canvas.buffer_rgba()))
    width = min(each.shape[1] for each in drawn)
    return np.concatenate([each[:, :width] for each in drawn])


def save_frames(frames: Sequence[Array], out: str | Path, ending: str) -> None:
    """Frames side by side in a PNG, in as many lines as make it wide, or one after another in a GIF that goes on."""
    from matplotlib.image import imsave

    height, width = (max(each.shape[axis] for each in frames) for axis in (0, 1))
    same = []
    for frame in frames:
        page = np.full((height, width, 4), 255, np.uint8)
        page[: frame.shape[0], : frame.shape[1]] = frame
        same.append(page)
    with new_file(Path(out), "film: out") as file:
        if ending == "gif":
            from PIL import Image

            images = [Image.fromarray(page[..., :3]) for page in same]
            times = [round(1000 * SECONDS)] * len(images)
            times[-1] *= 3
            images[0].save(file, format="GIF", save_all=True, append_images=images[1:], duration=times, loop=0)
            return
        columns = min(len(same), max(1, math.ceil(math.sqrt(len(same) * 2))))
        lines = math.ceil(len(same) / columns)
        sheet = np.full((lines * height, columns * width, 4), 255, np.uint8)
        for number, page in enumerate(same):
            top, left = number // columns * height, number % columns * width
            sheet[top : top + height, left : left + width] = page
        imsave(file, sheet, format="png")
