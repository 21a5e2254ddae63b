"""Quotas: who sends too much is told when it will work again, before a byte of it is read."""

import datetime as dt
import shutil

from hub.db import usage
from hub.db.events import events_in_night
from hub.db.publication import ProductKey, products_of_night
from hub.db.requests import hub_db, hub_now, hub_settings
from hub.db.usage import Counter
from hub.sync.problems import ApiError, hub_full

_DAY = dt.timedelta(days=1)
_MINUTE = dt.timedelta(minutes=1)


def spend_bytes(camera_id: str, size: int, *, live: bool = False) -> Counter:
    """Count bytes of files, or of newest frames, that are about to come; raise 507 when it is too much for today.

    Return the counter, to which `usage.give_back` returns what did not come.
    """
    now, quotas = hub_now(), hub_settings().quotas
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    counted = "live_bytes" if live else "bytes"
    most = quotas.live_bytes_per_day if live else quotas.bytes_per_day
    counter = Counter(camera_id, counted, today)
    if not usage.spend(hub_db(), counter, size, most):
        what = "newest frames" if live else "files"
        raise _too_much(
            507,
            "quota_bytes",
            f"A camera may send {most:,} bytes of {what} a day",
            today + _DAY - now,
        )
    return counter


def spend_points(camera_id: str, points: int) -> None:
    """Count readings; raise 429 when there are too many in this minute."""
    now, most = hub_now(), hub_settings().quotas.points_per_minute
    minute = now.replace(second=0, microsecond=0)
    if not usage.spend(hub_db(), Counter(camera_id, "points", minute), points, most):
        wait = minute + _MINUTE - now
        said = f"A camera may send {most:,} readings a minute"
        raise _too_much(429, "quota_points", said, wait)


def check_products(key: ProductKey) -> None:
    """Raise 507 when a night has as many products as it may."""
    most = hub_settings().quotas.products_per_night
    if products_of_night(hub_db(), key.camera_id, key.night) >= most:
        said = f"A night may have {most:,} products, and {key.night} has them"
        raise _too_much(507, "quota_products", said, _DAY)


def check_events(camera_id: str, night: str) -> None:
    """Raise 507 when a night has as many events as it may."""
    most = hub_settings().quotas.events_per_night
    if events_in_night(hub_db(), camera_id, night) >= most:
        said = f"A night may have {most:,} events, and {night} has them"
        raise _too_much(507, "quota_products", said, _DAY)


def check_room(size: int) -> None:
    """Raise 507 when a file of ``size`` bytes would leave too little room on the hub's disk."""
    settings = hub_settings()
    free = shutil.disk_usage(settings.data).free
    if free - size < settings.quotas.free_bytes:
        raise hub_full()


def _too_much(status: int, code: str, said: str, wait: dt.timedelta) -> ApiError:
    again = hub_now() + wait
    return ApiError(
        status,
        code,
        f"{said}; it works again at {again:%Y-%m-%d %H:%M} UTC.",
        retryable=True,
        headers={"Retry-After": max(1, -int(-wait.total_seconds() // 1))},
    )
