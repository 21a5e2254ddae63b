"""Exchange a one-time code for the secret key of this camera."""

from pathlib import Path

from edge.hub_client import HubClient
from edge.hub_key import write_key
from products.manifest import JoinAnswer


def join(hub_url: str, code: str, config_dir: Path, name: str = "") -> JoinAnswer:
    """Fetch the key, write it to ``hub.key`` (mode 0600) and return what the hub gave; raise a `HubError`."""
    with HubClient(hub_url) as hub:
        answer = hub.join(code, name)
    write_key(config_dir, answer.key)
    return answer
