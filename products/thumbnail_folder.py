"""The folder of a night's thumbnails: of which frames there are some, stored once, and checked when asked to."""

from pathlib import Path

from products import jpeg
from products.files import write_atomically


class Thumbnails:
    """The thumbnails of a night in ``folder``; ``stems`` says of which frames there are some."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        # A power cut may leave an empty file: they are not waited for when they are written.
        self.stems = {one.stem for one in folder.glob("*.jpg") if one.stat().st_size}

    def add(self, stem: str, content: bytes) -> None:
        """Store the thumbnail of a frame, unless there is one."""
        if stem not in self.stems:
            write_atomically(self._path(stem), content, durable=False)
            self.stems.add(stem)

    def repair(self) -> None:
        """Forget those that cannot be read; all are opened."""
        for stem in list(self.stems):
            try:
                jpeg.decode(self._path(stem).read_bytes())
            except (OSError, jpeg.JpegError):
                self.stems.discard(stem)

    def _path(self, stem: str) -> Path:
        return self._folder / f"{stem}.jpg"
