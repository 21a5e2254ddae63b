"""What the camera tells the hub with every heartbeat."""

import shutil

from edge.clock import Clock
from edge.hub_connection import agent
from edge.outbox import Outbox
from edge.store import Store
from edge.store_event_sending import dead_events, waiting_events
from products.manifest import Hello


def heartbeat(store: Store, outbox: Outbox, clock: Clock, problem: str = "") -> Hello:
    """Return the heartbeat of this moment; ``problem`` says in a sentence what is not being sent."""
    capture = store.states().get("capture")
    return Hello(
        agent=agent(),
        boot_id=clock.boot_id(),
        time=clock.now(),
        clock=clock.quality(),
        state=capture.state[:32] if capture else "",
        state_reason=capture.reason[:300] if capture else "",
        next_frame_utc=capture.next_utc if capture else None,
        queue={
            **outbox.depth(),
            "events": waiting_events(store),
            "readings": store.unsent_count(),
        },
        disk_free_bytes=shutil.disk_usage(store.data).free,
        problem=problem[:300],
        dead=outbox.dead_count() + len(dead_events(store)),
    )
