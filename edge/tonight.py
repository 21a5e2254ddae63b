"""The products of the running night inside the capture program: opened, fed, sent now and then, left when it is over.

Whatever goes wrong with them never stops the frames: the products are dropped, the reason is kept in `Tonight.trouble`,
and the next frame opens them again from what is stored.
"""

import contextlib
import datetime as dt
import logging
from collections.abc import Iterator

from edge.clock import Clock
from edge.config import Settings
from edge.day_products import DayProducts, day_before, makes_day_videos
from edge.night_products import NightProducts, axis_of
from edge.publication import queue_products
from edge.service import AlreadyRunningError
from edge.store import FrameRecord, Store
from edge.trouble import PRODUCT_ERRORS, sentence
from products.night import Night
from products.scaled import Scaled

log = logging.getLogger(__name__)


class Tonight:
    """The products of the night that a frame belongs to, as far as there are any now."""

    def __init__(self, store: Store, settings: Settings, clock: Clock) -> None:
        self.trouble = ""
        self._store, self._settings, self._clock = store, settings, clock
        self._products: NightProducts | DayProducts | None = None
        self._live_due = 0.0

    def begin(self, moment: dt.datetime) -> None:
        """Open the products of this moment's night or day, unless they are open; by day there may be none."""
        self.leave_when_over(moment)
        if self._products:
            return
        with self._kept_going():
            self._products = self._opened(moment)
            self._live_due = self._next_live()

    def _opened(self, moment: dt.datetime) -> NightProducts | DayProducts | None:
        night = Night.at(moment, self._settings.site.tz)
        if moment in axis_of(self._settings, night):
            return NightProducts(self._store, self._settings, night)
        if makes_day_videos(self._settings):
            for after in (night, night.next):
                if moment in day_before(self._settings, after):
                    return DayProducts(self._store, self._settings, after)
        return None

    def add(self, record: FrameRecord, frame: Scaled) -> None:
        """Feed a frame that was just stored; its night was begun before."""
        if self._products:
            with self._kept_going():
                self._products.add(record, frame)
                if not self._products.behind:
                    self.trouble = ""

    def work(self) -> bool:
        """Do one piece of what is left to do between frames and say whether there is more."""
        if not self._products:
            return False
        with self._kept_going():
            if self._products.behind:
                self._products.catch_up()
                self.trouble = ""
                return True
            if self._clock.monotonic() >= self._live_due:
                self._live_due = self._next_live()
                self._send_live(self._products)
        return False

    def leave_when_over(self, now: dt.datetime) -> None:
        """Leave the night's products to the nightly program when their time is over."""
        if self._products and now not in self._products.axis:
            self.close()

    def close(self) -> None:
        """Leave the products as they are; they can be opened again."""
        if self._products:
            products, self._products = self._products, None
            products.close()

    def _next_live(self) -> float:
        return self._clock.monotonic() + self._settings.products.live_interval_s

    def _send_live(self, products: NightProducts | DayProducts) -> None:
        made, now = products.write_live(), self._clock.now()
        if made:
            queue_products(self._store, products.night, made, now, final=False)

    @contextlib.contextmanager
    def _kept_going(self) -> Iterator[None]:
        """Turn what goes wrong with the products into words; the next frame opens them again."""
        try:
            yield
        except PRODUCT_ERRORS as error:
            self._drop(sentence(error, "the night's products"))
        except AlreadyRunningError as error:
            self._drop(str(error))

    def _drop(self, trouble: str) -> None:
        if trouble != self.trouble:
            log.error("%s", trouble)
        self.trouble = trouble
        with contextlib.suppress(*PRODUCT_ERRORS):
            self.close()
