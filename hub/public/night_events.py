"""What happened in the sky of a night: events with their pictures, and where on the time axis they lie."""

from collections.abc import Sequence
from dataclasses import dataclass

from hub.db.events import PublishedEvent
from hub.public.timeline import TimeAxis
from hub.public.wording import _

_IN_CLOUDS = (
    "in_clouds"  # seen between clouds, where shreds of them look alike: not counted
)


@dataclass(frozen=True, slots=True)
class NightEvents:
    """The events of a night that are shown, and how many more were seen only between clouds."""

    shown: tuple[PublishedEvent, ...]
    in_clouds: int

    def marks(self, axis: TimeAxis) -> list[tuple[float, PublishedEvent]]:
        """Return (place in percent, event) of those that lie on an axis."""
        places = [(axis.percent(one.event.taken_utc), one) for one in self.shown]
        return [one for one in places if 0 <= one[0] <= 100]


def night_events(events: Sequence[PublishedEvent]) -> NightEvents:
    """Return the events as a page shows them."""
    shown = tuple(one for one in events if one.event.state != _IN_CLOUDS)
    return NightEvents(shown, len(events) - len(shown))


def event_words(one: PublishedEvent) -> str:
    """Return what an event is, in the page's language; a kind that this hub does not know keeps its name."""
    kinds = {"meteor": _("Meteor")}
    states = {"candidate": _("candidate"), "confirmed": _("confirmed")}
    kind = kinds.get(one.event.kind, one.event.kind.replace("_", " ").capitalize())
    state = states.get(one.event.state, one.event.state.replace("_", " "))
    return f"{kind}, {state}"
