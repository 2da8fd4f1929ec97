"""Draw the plots that apply to a model, into one file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from zoo.checkpoint.paths import refuse_folder
from zoo.errors import UsageError, did_you_mean
from zoo.platform.output_files import new_file
from zoo.registry.lookup import plots_for

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from matplotlib.figure import Figure

    from zoo.core.model import Model
    from zoo.data import Dataset
    from zoo.data.splits import Parts
    from zoo.plots.plot import Plot

DOTS = 150  # per inch
ENDINGS = ("png", "pdf", "svg")
NO_MATPLOTLIB = "matplotlib is not installed; install it: pip install 'zoo-networks[plot]'"


def check_picture(out: str | Path | None, who: str = "plot: --out") -> str:
    """The ending of the picture to write; `UsageError` for a file that is not drawn into."""
    if out is None:
        return "png"
    refuse_folder(out, who, "picture.png")
    path = Path(out)
    ending = path.suffix[1:].lower() if path.suffix else "png"
    if ending not in ENDINGS:
        raise UsageError(f"{who} {str(out)!a} ends in .{ending}; expected {', '.join(f'.{each}' for each in ENDINGS)}")
    if not path.absolute().parent.is_dir():
        raise UsageError(f"{who} {str(out)!a}: there is no folder {str(path.absolute().parent)!a}")
    if path.exists():
        raise UsageError(f"{who} {str(out)!a} exists already and is never overwritten; name another file")
    return ending


def chosen_plots(model: Model, wanted: Sequence[str], ending: str, name: str) -> list[Plot]:
    """The plots that apply to the model, those `wanted` where any are named."""
    plots = plots_for(model)
    known = {plot.name for plot in plots}
    for each in wanted:
        if each not in known:
            raise UsageError(f"plot: no plot {each!a} applies to this model{did_you_mean(each, known)}")
    plots = [plot for plot in plots if not wanted or plot.name in wanted]
    if not plots:
        raise UsageError(f"plot: {name} has nothing to draw: no recorded epochs, and no plot of its family")
    if len(plots) > 1 and ending != "png":
        names = ", ".join(plot.name for plot in plots)
        raise UsageError(f"plot: several plots ({names}) go into one PNG only; name one with --plot, or a .png")
    return plots


def refuse_unused(plots: Sequence[Plot], has_data: bool) -> None:
    """`UsageError` where data were given that are of no use to these plots."""
    if has_data and not any(plot.needs_data for plot in plots):
        names = ", ".join(plot.name for plot in plots)
        raise UsageError(f"plot: --data has no effect on {names}, drawn from the checkpoint alone; leave it out")


def draw(
    model: Model,
    plots: Sequence[Plot],
    target: Path,
    ending: str,
    opened: Callable[[], tuple[Dataset, Parts]] | None = None,
) -> None:
    """Draw the plots into one file; `opened` gives the data, where a plot needs any."""
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise UsageError(f"plot: {NO_MATPLOTLIB}") from error
    from zoo.inference.evaluate import measured_part

    samples = None
    if any(plot.needs_data for plot in plots):
        if opened is None:
            raise UsageError("plot: got a model without data, expected data as well, or the path of a checkpoint")
        samples = measured_part(model, *opened())[1]
    figures = []
    for plot in plots:
        figures.append(Figure(figsize=(8.0, 5.0)))
        try:
            plot.draw(model, samples if plot.needs_data else None, figures[-1])
        except Exception as error:
            error.add_note(f"while drawing plot {plot.name!a}")
            raise
    save_figures(figures, plots, target, ending)


def draw_runs(models: Mapping[str, Model], target: Path, ending: str) -> None:
    """Draw the learning curves of several runs into one file."""
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise UsageError(f"plot: {NO_MATPLOTLIB}") from error
    from zoo.plots.compared_curves import draw_compared
    from zoo.plots.learning_curves import LEARNING

    figure = Figure(figsize=(8.0, 5.0))
    draw_compared(models, figure)
    save_figures([figure], [LEARNING], target, ending)


def save_figures(figures: Sequence[Figure], plots: Sequence[Plot], target: Path, ending: str) -> None:
    """Save figures into one new file."""
    with new_file(target, "plot: --out") as file:
        try:
            if len(figures) == 1:
                figures[0].savefig(file, dpi=DOTS, format=ending)
            else:
                _save_together(figures, file)
        except Exception as error:  # matplotlib sets text and ticks as late as this
            error.add_note(f"while drawing {', '.join(plot.name for plot in plots)}")
            raise


def _save_together(figures: Sequence[Figure], file: BinaryIO) -> None:
    """All figures in one PNG, side by side and below each other, on white."""
    import numpy as np
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.image import imsave

    from zoo.plots.contact_sheet import together

    drawn = []
    for figure in figures:
        figure.set_dpi(DOTS)
        canvas: Any = FigureCanvasAgg(figure)
        canvas.draw()
        drawn.append(np.asarray(canvas.buffer_rgba()))
    (width, height), places = together([(each.shape[1], each.shape[0]) for each in drawn])
    sheet = np.full((height, width, 4), 255, np.uint8)
    for each, (left, top) in zip(drawn, places, strict=True):
        sheet[top : top + len(each), left : left + each.shape[1]] = each
    imsave(file, sheet, format="png")
