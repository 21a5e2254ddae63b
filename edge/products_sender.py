"""Send products: the files that the hub lacks, then the manifest that publishes them."""

import datetime as dt
import hashlib
import logging
import random

from edge.allowance import Allowance
from edge.backoff import retry_delay_s
from edge.blob_sender import BlobSender
from edge.clock import Clock
from edge.deletions import Deletions
from edge.hub_client import HubClient
from edge.hub_errors import (
    BlobsMissingError,
    HubError,
    LineError,
    NoMoreForNowError,
    OlderRevisionError,
    StoppedError,
)
from edge.outbox import Outbox
from edge.outbox_rows import BACKFILL, QueuedProduct

UNKNOWN_KIND_REST_S = 6 * 3600.0
_SPREAD_LANES = ("startrails", "timelapse")

logger = logging.getLogger(__name__)


class ProductsSender:
    """Sends what is due in the outbox, one request or one file a time.

    ``identity`` tells this camera from others: it decides when within the hub's ``spread_s`` seconds the large products
    of a finished night are sent, so that not all cameras of a longitude send at the same dawn.
    """

    def __init__(
        self,
        outbox: Outbox,
        clock: Clock,
        chance: random.Random,
        allowance: Allowance,
        blobs: BlobSender,
        deletions: Deletions,
    ) -> None:
        self._deletions = deletions
        self.spread_s, self.identity = 0.0, ""
        self._outbox, self._clock, self._chance = outbox, clock, chance
        self._allowance, self._blobs = allowance, blobs
        self._held: set[str] = set()
        self._unknown_until_s: dict[str, float] = {}

    def send(self, hub: HubClient, lane: str) -> bool:
        """Send one file, one piece or one manifest of the product of a lane that is due; return False when none is.

        A product that fails is put off, so that it never blocks the others; one that can never succeed is given up with
        the reason. `LineError` when nothing can be sent at all, `NoMoreForNowError` when the lane must wait.
        """
        product = self._next(lane)
        if product is None:
            return False
        try:
            self._send_next_part(hub, product)
        except BlobsMissingError as error:
            self._send_missing(product, error)
        except (NoMoreForNowError, StoppedError):
            self._outbox.leases.give_back(product.key)
            raise
        except LineError as error:
            self._put_off(product, str(error))
            raise
        except HubError as error:
            self._refused(product, error)
        except FileNotFoundError as error:
            self._gone(product, error.filename)
        except OSError as error:
            self._put_off(product, f"a file cannot be read: {error}")
        return True

    def _next(self, lane: str) -> QueuedProduct | None:
        """Return the product whose turn it is, under a lease of this sender."""
        now = self._clock.now()
        now_s = self._clock.monotonic()
        resting = [
            kind for kind, until_s in self._unknown_until_s.items() if until_s > now_s
        ]
        for product in self._outbox.due(now, lane, resting):
            if self._may_go(product, now) and self._outbox.leases.take(
                product.key, now
            ):
                return product
        return None

    def _may_go(self, product: QueuedProduct, now: dt.datetime) -> bool:
        """Say whether its time has come: the line is for it, and dawn's rush is over."""
        return self._allowance.takes_kind(product.kind) and not self._in_rush(
            product, now
        )

    def _in_rush(self, product: QueuedProduct, now: dt.datetime) -> bool:
        """Say whether a large product of a finished night still waits for its moment within the hub's spread."""
        spread = product.lane in _SPREAD_LANES and product.manifest.final
        if not (spread and self.spread_s and product.queued_utc):
            return False
        name = f"{self.identity} {product.night}".encode()
        part = int.from_bytes(hashlib.sha256(name).digest()[:4]) / 2**32
        waited_s = (now - product.queued_utc).total_seconds()
        return 0 <= waited_s < part * self.spread_s

    def _send_next_part(self, hub: HubClient, product: QueuedProduct) -> None:
        if product.withdrawn:
            hub.delete_product(product.key)
            self._outbox.taken_back(product)
            self._outbox.leases.give_back(product.key)
            logger.info("Withdrew %s", product.key)
            return
        blobs = product.manifest.blobs()
        for blob in blobs:
            if blob.sha256 not in self._held:
                if self._blobs.send(hub, blob, product.files[blob.sha256]):
                    self._held.add(blob.sha256)
                return
        hub.put_product(product.key, product.manifest)
        self._outbox.sent(product, self._clock.now())
        self._outbox.leases.give_back(product.key)
        self._held -= {blob.sha256 for blob in blobs}
        logger.info("Published %s, revision %d", product.key, product.rev)

    def _refused(self, product: QueuedProduct, error: HubError) -> None:
        """Put a product off that may succeed later, else give it up; a kind that the hub does not know rests."""
        if error.code == "unknown_kind":
            why = f"the hub takes no {product.kind} yet: it is older than this camera's program ({error})"
            if product.kind not in self._unknown_until_s:
                logger.warning("%s", why)
            now_s = self._clock.monotonic()
            self._unknown_until_s[product.kind] = now_s + UNKNOWN_KIND_REST_S
            self._put_off(product, why, UNKNOWN_KIND_REST_S)
        elif error.code == "deleted":
            self._deletions.obey(product.key, self._clock.now())
            self._outbox.leases.give_back(product.key)
        elif isinstance(error, OlderRevisionError):
            self._outrun(product, error.rev)
        elif error.code == "revision_differs":
            self._outrun(product, product.rev)
        elif error.permanent:
            self._give_up(product, str(error))
        else:
            self._put_off(product, str(error), error.retry_after_s)

    def _outrun(self, product: QueuedProduct, rev: int | None) -> None:
        """Send a product under a revision above the hub's: this camera has lost its database, or what it counted."""
        self._outbox.raise_revision(product, rev or product.rev)
        self._outbox.leases.give_back(product.key)

    def _gone(self, product: QueuedProduct, name: str) -> None:
        """Give up a product whose file is gone; one that the hub once had and has lost is forgotten, and said once."""
        if product.lane == BACKFILL:
            logger.warning(
                "The hub lost %s, and this camera no longer has it", product.key
            )
            self._outbox.forget(product.key, product.rev)
            self._outbox.leases.give_back(product.key)
        else:
            self._give_up(product, f"the file {name} is gone")

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
        self._outbox.leases.give_back(product.key)

    def _give_up(self, product: QueuedProduct, reason: str) -> None:
        logger.error("%s is not sent: %s", product.key, reason)
        self._outbox.give_up(product, reason, self._clock.now())
        self._outbox.leases.give_back(product.key)
