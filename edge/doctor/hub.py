"""The way to the hub: is there a key, does the hub answer, does it know this camera."""

from collections.abc import Iterator
from pathlib import Path

from edge.config import Settings
from edge.doctor.finding import Finding, fine, wrong
from edge.hub_client import HubClient
from edge.hub_connection import Terms
from edge.hub_errors import HubError
from edge.hub_key import NoKeyError, read_key

_NO_FILE = "0" * 64  # the SHA-256 of nothing that anybody has


def examine(settings: Settings, config_dir: Path) -> Iterator[Finding]:
    """Yield whether the hub takes what this camera sends; nothing when no hub is set."""
    url = settings.hub.url
    if not url:
        return
    try:
        terms = Terms.plain(settings.hub)
        with HubClient(url, read_key(config_dir), terms) as hub:
            hub.blob_offset(_NO_FILE)  # needs the key, and changes nothing
    except (NoKeyError, HubError) as error:
        yield wrong("hub", "Nothing can be sent.", str(error))
    else:
        yield fine("hub", f"{url} knows this camera.")
