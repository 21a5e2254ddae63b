"""Send products: the files that the hub lacks, then the manifest that publishes them."""

import datetime as dt
import hashlib
import http
import logging
import random
from pathlib import Path

from edge.backoff import retry_delay_s
from edge.clock import Clock
from edge.hub_client import HubClient
from edge.hub_errors import BlobsMissingError, HubError, LineError
from edge.outbox import Outbox
from edge.outbox_rows import QueuedProduct
from products.manifest import Blob

logger = logging.getLogger(__name__)


class ProductsSender:
    """Sends what is due in the outbox, one request or one file a time."""

    def __init__(self, outbox: Outbox, clock: Clock, chance: random.Random) -> None:
        self.largest_blob_bytes: int | None = None
        self._outbox, self._clock, self._chance = outbox, clock, chance
        self._held: set[str] = set()

    def send(self, hub: HubClient) -> bool:
        """Send one file or one manifest of the product that is due; return False when none is.

        A product that fails is put off, so that it never blocks the others; one that can never succeed is given up with
        the reason. `LineError` when nothing can be sent at all.
        """
        product = self._outbox.next_product(self._clock.now())
        if product is None:
            return False
        try:
            self._send_next_part(hub, product)
        except BlobsMissingError as error:
            self._send_missing(product, error)
        except LineError as error:
            self._put_off(product, str(error))
            raise
        except HubError as error:
            if error.permanent:
                self._give_up(product, str(error))
            else:
                self._put_off(product, str(error), error.retry_after_s)
        except FileNotFoundError as error:
            self._give_up(product, f"the file {error.filename} is gone")
        except OSError as error:
            self._put_off(product, f"a file cannot be read: {error}")
        return True

    def _send_next_part(self, hub: HubClient, product: QueuedProduct) -> None:
        if product.withdrawn:
            hub.delete_product(product.key)
            self._outbox.taken_back(product)
            logger.info("Withdrew %s", product.key)
            return
        blobs = product.manifest.blobs()
        for blob in blobs:
            if blob.sha256 not in self._held:
                self._send_file(hub, blob, product.files[blob.sha256])
                self._held.add(blob.sha256)
                return
        hub.put_product(product.key, product.manifest)
        self._outbox.sent(product, self._clock.now())
        self._held -= {blob.sha256 for blob in blobs}
        logger.info("Published %s, revision %d", product.key, product.rev)

    def _send_file(self, hub: HubClient, blob: Blob, path: Path) -> None:
        if self.largest_blob_bytes is not None and blob.size > self.largest_blob_bytes:
            raise HubError(
                f"{path} has {blob.size:,} bytes, and the hub takes {self.largest_blob_bytes:,} at most",
                permanent=True,
            )
        if hub.has_blob(blob.sha256):
            return
        if path.stat().st_size != blob.size:
            raise _changed(path)
        try:
            hub.put_blob(blob, path)
        except HubError as error:
            refused = error.status == http.HTTPStatus.UNPROCESSABLE_ENTITY
            if refused and _sha256_of(path) != blob.sha256:
                raise _changed(path) from error
            raise

    def _send_missing(self, product: QueuedProduct, error: BlobsMissingError) -> None:
        """Have the files sent that the hub names: at once the first time, later and later when it goes on."""
        if unknown := set(error.missing) - set(product.files):
            self._give_up(
                product,
                f"the hub asks for files that are not part of it: {', '.join(sorted(unknown))}",
            )
            return
        self._held -= set(error.missing)
        self._put_off(product, str(error), None if product.attempts else 0.0)

    def _put_off(
        self, product: QueuedProduct, reason: str, wait_s: float | None = None
    ) -> None:
        if wait_s is None:
            wait_s = retry_delay_s(product.attempts + 1, self._chance)
        until = self._clock.now() + dt.timedelta(seconds=wait_s)
        self._outbox.put_off(product, reason, until)

    def _give_up(self, product: QueuedProduct, reason: str) -> None:
        logger.error("%s is not sent: %s", product.key, reason)
        self._outbox.give_up(product, reason, self._clock.now())


def _changed(path: Path) -> HubError:
    return HubError(f"the file {path} changed after it was queued", permanent=True)


def _sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
