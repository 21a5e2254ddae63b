"""The startrails: the maximum of the chosen frames, pixel by pixel, growing in memory.

Which frames are chosen is decided elsewhere (`products.startrails_rule`). The maximum does not care about order, and a
frame taken twice changes nothing, so that it can be continued after any interruption.
"""

import math
import os
from collections.abc import Callable, Iterable, Set
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np

from products.columns import FrameRecord
from products.foreground import Foreground
from products.scaling import Rgb
from products.sky_mask import SkyMask


class TrailMaximum:
    """The per-pixel maximum of some frames, in a memory-mapped file in ``folder``, with a list of who is in it.

    The folder should be in memory (/dev/shm): the file is written all over with every frame. What an earlier process
    left there is continued. A stem is listed only after its pixels are in, so that a kill in between costs nothing.
    """

    dtype: type[np.uint8 | np.float32] = np.uint8

    def __init__(self, folder: Path, mask: SkyMask | None = None) -> None:
        self._folder = folder
        self._pixels: np.memmap[Any, np.dtype[Any]] | None = None
        self._foreground = Foreground(folder, mask) if mask else None
        self.stems: set[str] = set()
        self._reopen()

    @property
    def held_bytes(self) -> int:
        """How much memory the picture takes."""
        return 0 if self._pixels is None else self._pixels.nbytes

    @property
    def pixels(self) -> Rgb | None:
        """The maximum so far, (H, W, 3) uint8, or None when no frame is in it. Do not write to it."""
        return self._pixels if self.stems else None

    def picture(self, frames: Iterable[FrameRecord]) -> Rgb | None:
        """Return the maximum of ``frames``, those it holds; with a mask, the foreground is that of one of them."""
        return self._with_foreground(self.pixels)

    def lost(self, used: Set[str]) -> set[str]:
        """Return which of the frames ``used`` must be added (again)."""
        lost = set(used - self.stems)
        if self._foreground:
            lost |= self._foreground.lost(self.stems)
        return lost

    def add(self, rgb: Rgb, frame: FrameRecord) -> None:
        """Take a frame into the maximum; raise ValueError when its size is another one."""
        if self._pixels is None:
            self._begin(rgb.shape)
        assert self._pixels is not None
        if rgb.shape != self._pixels.shape:
            raise ValueError(f"is {rgb.shape} in size, not {self._pixels.shape}")
        self._raise(self._pixels, rgb, frame)
        if self._foreground:
            self._foreground.offer(rgb, frame.stem, self.stems)
        if frame.stem not in self.stems:
            with self._path("stems").open("a", encoding="utf-8") as file:
                file.write(f"{frame.stem}\n")
            self.stems.add(frame.stem)

    def _raise(
        self, pixels: np.memmap[Any, np.dtype[Any]], rgb: Rgb, frame: FrameRecord
    ) -> None:
        """Raise the maximum to what a frame shows."""
        np.maximum(pixels, rgb, out=pixels)

    def _with_foreground(self, pixels: Rgb | None) -> Rgb | None:
        if pixels is None or self._foreground is None:
            return pixels
        return self._foreground.under(pixels)

    def keep_within(self, wanted: Set[str]) -> None:
        """Begin anew if a frame is in the maximum that is not ``wanted``: it cannot be taken out again."""
        if not self.stems <= wanted:
            self.discard()

    def discard(self) -> None:
        """Forget the maximum and remove its files."""
        self.close()
        self.stems = set()
        for name in ("stems", "pixels"):  # without a list there is no picture
            self._path(name).unlink(missing_ok=True)
        if self._foreground:
            self._foreground.discard()

    def close(self) -> None:
        """Let go of the memory; the files stay for the next process."""
        self._pixels = None

    def _path(self, ending: str) -> Path:
        return self._folder / f"startrails.{ending}"

    def _begin(self, shape: tuple[int, ...]) -> None:
        """Make a black picture. The size is in the list's first line, written last: without it there is no picture."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._path("pixels").unlink(missing_ok=True)
        self._reserve(math.prod(shape) * np.dtype(self.dtype).itemsize)
        self._pixels = np.memmap(self._path("pixels"), self.dtype, "r+", shape=shape)
        size = " ".join(str(side) for side in shape)
        self._path("stems").write_text(f"{size}\n", encoding="utf-8")

    def _reserve(self, count: int) -> None:
        """Make room for so many bytes, or raise OSError: mapped memory that finds none later is a crash."""
        with self._path("pixels").open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, count)

    def _reopen(self) -> None:
        """Continue what an earlier process left whole."""
        if not self._path("stems").exists() or not self._path("pixels").exists():
            return
        lines = self._path("stems").read_text(encoding="utf-8").split("\n")
        whole = lines[:-1]  # what follows the last end of line was being written
        if not whole:
            return
        shape = tuple(int(side) for side in whole[0].split())
        size = np.prod(shape) * np.dtype(self.dtype).itemsize
        if self._path("pixels").stat().st_size == size:
            self._pixels = np.memmap(
                self._path("pixels"), self.dtype, "r+", shape=shape
            )
            self.stems = set(whole[1:])


Maximum = TypeVar("Maximum", bound=TrailMaximum)


class GrowingTrails(Generic[Maximum]):
    """The maximum of the frames used, and beside it, while the sky has changed, that of the frames since then.

    If the change lasts, the second takes the place of the first, and no frame is needed twice.
    """

    def __init__(self, folder: Path, begin: Callable[[Path], Maximum]) -> None:
        both = begin(folder / "a"), begin(folder / "b")
        self._main, self._rival = sorted(both, key=lambda one: -len(one.stems))

    @property
    def maximum(self) -> Maximum:
        """The maximum of the frames used."""
        return self._main

    @property
    def held_bytes(self) -> int:
        """How much memory it takes: one picture, and two while the sky has changed."""
        return self._main.held_bytes + self._rival.held_bytes

    def keep_within(self, used: Set[str], rivals: Set[str]) -> None:
        """Follow the rule: drop a maximum that holds a frame which is no longer to be in it."""
        if not self._main.stems <= used:
            if self._rival.stems <= used:
                self._main, self._rival = self._rival, self._main
            self._main.keep_within(used)
        self._rival.keep_within(rivals)

    def add(
        self, rgb: Rgb, frame: FrameRecord, used: Set[str], rivals: Set[str]
    ) -> None:
        """Take in a frame where the rule wants it."""
        self.keep_within(used, rivals)
        if frame.stem in used:
            self._main.add(rgb, frame)
        if frame.stem in rivals:
            self._rival.add(rgb, frame)

    def discard(self) -> None:
        """Forget everything and remove the files."""
        self._main.discard()
        self._rival.discard()

    def close(self) -> None:
        """Let go of the memory; the files stay for the next process."""
        self._main.close()
        self._rival.close()
