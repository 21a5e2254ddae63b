"""What the camera tells the hub with every heartbeat."""

import shutil
from pathlib import Path

from edge.clock import Clock, VirtualClock
from edge.hub_client import agent
from edge.outbox import Outbox
from edge.store import Store
from products.manifest import Hello

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
TIMESYNC = Path("/run/systemd/timesync")


def heartbeat(store: Store, outbox: Outbox, clock: Clock) -> Hello:
    """Return the heartbeat of this moment."""
    capture = store.states().get("capture")
    return Hello(
        agent=agent(),
        boot_id=boot_id(),
        time=clock.now(),
        clock=clock_quality(clock),
        state=capture.state[:32] if capture else "",
        state_reason=capture.reason[:300] if capture else "",
        next_frame_utc=capture.next_utc if capture else None,
        queue={**outbox.depth(), "readings": store.unsent_count()},
        disk_free_bytes=shutil.disk_usage(store.data).free,
        digests=outbox.digests(),
    )


def clock_quality(clock: Clock, timesync: Path = TIMESYNC) -> str:
    """Return how far the clock can be trusted: simulated, ntp, unsynchronised, or unknown without systemd-timesyncd."""
    if isinstance(clock, VirtualClock):
        return "simulated"
    if (timesync / "synchronized").exists():
        return "ntp"
    return "unsynchronised" if timesync.is_dir() else "unknown"


def boot_id(path: Path = BOOT_ID) -> str | None:
    """Return the kernel's name for this boot, or None where there is none."""
    return path.read_text(encoding="ascii").strip() if path.exists() else None
