"""Geometry of sliding windows: kernel, stride, padding, dilation, and output sizes."""

from __future__ import annotations

from dataclasses import dataclass

from zoo import Array, Value, ZooError

Pair = tuple[int, int]
Size = int | Pair  # a number for both axes, or one for height and one for width


def pair(size: Size) -> Pair:
    return (size, size) if isinstance(size, int) else size


@dataclass(frozen=True)
class Window:
    """A kernel (height, width) in pixels, put down every `stride` pixels on an image with a border of `padding`.

    With dilation d a kernel's taps lie d pixels apart. `beyond` is what the border has more at its lower and right end.
    """

    kernel: Pair
    stride: Pair = (1, 1)
    padding: Pair = (0, 0)
    dilation: Pair = (1, 1)
    beyond: Pair = (0, 0)

    @property
    def reach(self) -> Pair:
        """Pixels from a kernel's first tap to its last, both included."""
        (kh, kw), (dh, dw) = self.kernel, self.dilation
        return dh * (kh - 1) + 1, dw * (kw - 1) + 1

    @property
    def taps(self) -> int:
        return self.kernel[0] * self.kernel[1]

    def padded(self, height: int, width: int) -> Pair:
        """Size of the image with its border."""
        (ph, pw), (bh, bw) = self.padding, self.beyond
        return height + 2 * ph + bh, width + 2 * pw + bw

    def output(self, height: int, width: int) -> Pair:
        """⌊(size + border − reach) / stride⌋ + 1 along each axis; below 1 where the window does not fit."""
        (H, W), (rh, rw), (sh, sw) = self.padded(height, width), self.reach, self.stride
        return (H - rh) // sh + 1, (W - rw) // sw + 1

    def place(self, image: Array, tap: Pair, output: Pair) -> Array:
        """The pixels (rows, *output, channels) of a bordered image that lie under one tap of the kernel, as a view."""
        (i, j), (h, w), (sh, sw), (dh, dw) = tap, output, self.stride, self.dilation
        top, left = i * dh, j * dw
        return image[:, top : top + (h - 1) * sh + 1 : sh, left : left + (w - 1) * sw + 1 : sw]


def fitting(window: Window, input_shape: tuple[int, ...], who: str) -> Pair:
    """Height and width a window gives for one input (height, width, channels); `ZooError` where it does not fit."""
    if len(input_shape) != 3:
        raise ZooError(f"{who}: got an input of shape {input_shape}, expected (height, width, channels)")
    height, width, channels = input_shape
    size = window.output(height, width)
    if min(*size, channels) < 1:
        raise ZooError(
            f"{who}: got an image of {height}×{width} with {channels} channels, expected one at least"
            f" {window.reach[0]}×{window.reach[1]} with its border"
        )
    return size


def bordered(x: Array, window: Window, value: float, out: Array) -> Array:
    """x (rows, height, width, channels) within its border of `value`, written into `out`."""
    (ph, pw), (_, h, w, _) = window.padding, x.shape
    out[:, :ph] = value
    out[:, ph + h :] = value
    out[:, ph : ph + h, :pw] = value
    out[:, ph : ph + h, pw + w :] = value
    out[:, ph : ph + h, pw : pw + w] = x
    return out


def channels_first(x: Value) -> Value:
    """(rows, height, width, channels) as ONNX has images: (rows, channels, height, width)."""
    return x.transpose(0, 3, 1, 2)


def channels_last(x: Value) -> Value:
    """(rows, channels, height, width) as images are here: (rows, height, width, channels)."""
    return x.transpose(0, 2, 3, 1)
