"""The startrails: the maximum of the chosen frames, pixel by pixel, growing in memory.

Which frames are chosen is decided elsewhere (`products.startrails_rule`). The maximum does not care about order, and a
frame taken twice changes nothing, so that it can be continued after any interruption.
"""

from collections.abc import Set
from pathlib import Path
from typing import Any

import numpy as np

from products.scaling import Rgb


class TrailMaximum:
    """The per-pixel maximum of some frames, in a memory-mapped file in ``folder``, with a list of who is in it.

    The folder should be in memory (/dev/shm): the file is written all over with every frame. What an earlier process
    left there is continued. A stem is listed only after its pixels are in, so that a kill in between costs nothing.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._pixels: np.memmap[Any, np.dtype[np.uint8]] | None = None
        self.stems: set[str] = set()
        self._reopen()

    @property
    def pixels(self) -> Rgb | None:
        """The maximum so far, (H, W, 3) uint8, or None when no frame is in it. Do not write to it."""
        return self._pixels if self.stems else None

    def add(self, rgb: Rgb, stem: str) -> None:
        """Take a frame into the maximum; raise ValueError when its size is another one."""
        if self._pixels is None:
            self._begin(rgb.shape)
        assert self._pixels is not None
        if rgb.shape != self._pixels.shape:
            raise ValueError(f"is {rgb.shape} in size, not {self._pixels.shape}")
        np.maximum(self._pixels, rgb, out=self._pixels)
        if stem not in self.stems:
            with self._path("stems").open("a", encoding="utf-8") as file:
                file.write(f"{stem}\n")
            self.stems.add(stem)

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

    def close(self) -> None:
        """Let go of the memory; the files stay for the next process."""
        self._pixels = None

    def _path(self, ending: str) -> Path:
        return self._folder / f"startrails.{ending}"

    def _begin(self, shape: tuple[int, ...]) -> None:
        """Make a black picture. The size is in the list's first line, written last: without it there is no picture."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._path("pixels").unlink(missing_ok=True)
        self._pixels = np.memmap(self._path("pixels"), np.uint8, "w+", shape=shape)
        size = " ".join(str(side) for side in shape)
        self._path("stems").write_text(f"{size}\n", encoding="utf-8")

    def _reopen(self) -> None:
        """Continue what an earlier process left whole."""
        if not self._path("stems").exists() or not self._path("pixels").exists():
            return
        lines = self._path("stems").read_text(encoding="utf-8").split("\n")
        whole = lines[:-1]  # what follows the last end of line was being written
        if not whole:
            return
        shape = tuple(int(side) for side in whole[0].split())
        if self._path("pixels").stat().st_size == np.prod(shape):
            self._pixels = np.memmap(self._path("pixels"), np.uint8, "r+", shape=shape)
            self.stems = set(whole[1:])


class GrowingTrails:
    """The maximum of the frames used, and beside it, while the sky has changed, that of the frames since then.

    If the change lasts, the second takes the place of the first, and no frame is needed twice.
    """

    def __init__(self, folder: Path) -> None:
        both = TrailMaximum(folder / "a"), TrailMaximum(folder / "b")
        self._main, self._rival = sorted(both, key=lambda one: -len(one.stems))

    @property
    def stems(self) -> set[str]:
        """The frames in the maximum."""
        return self._main.stems

    @property
    def pixels(self) -> Rgb | None:
        """The maximum so far, (H, W, 3) uint8, or None when no frame is in it."""
        return self._main.pixels

    @property
    def pictures(self) -> int:
        """How many pictures of the size of a frame are in memory: 1, and 2 while the sky has changed."""
        return sum(one.pixels is not None for one in (self._main, self._rival))

    def keep_within(self, used: Set[str], rivals: Set[str]) -> None:
        """Follow the rule: drop a maximum that holds a frame which is no longer to be in it."""
        if not self._main.stems <= used:
            if self._rival.stems <= used:
                self._main, self._rival = self._rival, self._main
            self._main.keep_within(used)
        self._rival.keep_within(rivals)

    def add(self, rgb: Rgb, stem: str, used: Set[str], rivals: Set[str]) -> None:
        """Take in a frame where the rule wants it."""
        self.keep_within(used, rivals)
        if stem in used:
            self._main.add(rgb, stem)
        if stem in rivals:
            self._rival.add(rgb, stem)

    def discard(self) -> None:
        """Forget everything and remove the files."""
        self._main.discard()
        self._rival.discard()

    def close(self) -> None:
        """Let go of the memory; the files stay for the next process."""
        self._main.close()
        self._rival.close()
