"""Send one file: whole when it is small for the line, else in pieces that go on where the hub's part ends."""

import hashlib
import http
import logging
from pathlib import Path

from edge.bandwidth import Bandwidth, ChangedFileError
from edge.hub_client import HubClient
from edge.hub_errors import HubError, LineError, OtherOffsetError
from products.manifest import Blob

_NO_PIECES = {
    http.HTTPStatus.NOT_FOUND,
    http.HTTPStatus.METHOD_NOT_ALLOWED,
    http.HTTPStatus.NOT_IMPLEMENTED,
}
_MOST_DISAGREEMENTS = 3

logger = logging.getLogger(__name__)


class BlobSender:
    """Sends files one request a time and remembers how far they are."""

    def __init__(self, bandwidth: Bandwidth) -> None:
        self.largest_bytes: int | None = None
        self._bandwidth = bandwidth
        self._takes_pieces = True
        self._offsets: dict[str, int] = {}
        self._disagreements: dict[str, int] = {}

    def begin_anew(self) -> None:
        """Forget what another hub, or the same before it was updated, has said."""
        self._takes_pieces = True
        self._offsets.clear()

    def send(self, hub: HubClient, blob: Blob, path: Path) -> bool:
        """Send a file or its next piece, unless the hub has it; return whether the hub has all of it now.

        Raises
        ------
        HubError
            It cannot be sent; ``permanent`` when it is too large, or is not what was queued.
        OSError
            It cannot be opened.
        """
        if self.largest_bytes is not None and blob.size > self.largest_bytes:
            raise HubError(
                f"{path} has {blob.size:,} bytes, and the hub takes {self.largest_bytes:,} at most",
                permanent=True,
            )
        offset = self._offsets.get(blob.sha256)
        if offset is None:
            offset = hub.blob_offset(blob.sha256)
        if offset is None:
            return True
        if path.stat().st_size != blob.size:
            raise ChangedFileError(path)
        try:
            return self._send_from(hub, blob, path, offset)
        except LineError:
            self._offsets.pop(blob.sha256, None)  # ask the hub how much it got
            raise
        except HubError as error:
            self._offsets.pop(blob.sha256, None)
            refused = error.status == http.HTTPStatus.UNPROCESSABLE_ENTITY
            if refused and _sha256_of(path) != blob.sha256:
                raise ChangedFileError(path) from error
            raise

    def _send_from(self, hub: HubClient, blob: Blob, path: Path, offset: int) -> bool:
        whole = offset == 0 and self._bandwidth.fits_whole(blob.size)
        if whole or offset >= blob.size or not self._takes_pieces:
            hub.put_blob(blob, path)
            return True
        size = min(self._bandwidth.piece_bytes, blob.size - offset)
        try:
            reached = hub.patch_blob(blob, path, offset, size)
        except OtherOffsetError as error:
            reached = self._agree(blob, error)
        except HubError as error:
            if error.status not in _NO_PIECES:
                raise
            logger.info("The hub takes no pieces of files: it gets whole ones.")
            self._takes_pieces, reached = False, 0
        if reached is None:
            self._offsets.pop(blob.sha256, None)
            self._disagreements.pop(blob.sha256, None)
            return True
        self._offsets[blob.sha256] = reached
        return False

    def _agree(self, blob: Blob, error: OtherOffsetError) -> int:
        """Return where the hub wants to go on; raise the error when that leads nowhere."""
        times = self._disagreements.get(blob.sha256, 0) + 1
        self._disagreements[blob.sha256] = times
        if times > _MOST_DISAGREEMENTS or error.offset >= blob.size:
            del self._disagreements[blob.sha256]
            raise error
        return error.offset


def _sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
