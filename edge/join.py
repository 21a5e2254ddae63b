"""Exchange a one-time code for the secret key of this camera."""

from pathlib import Path

import click

from edge.config import Settings, SettingsError, load
from edge.hub_client import HubClient
from edge.hub_connection import Terms
from edge.hub_errors import HubError
from edge.hub_key import key_path, write_key
from edge.settings.hub import HubSettings
from products.manifest import JoinAnswer


def join(
    hub_url: str,
    code: str,
    config_dir: Path,
    name: str = "",
    hub_settings: HubSettings | None = None,
) -> JoinAnswer:
    """Fetch the key, write it to ``hub.key`` (mode 0600) and return what the hub gave; raise a `HubError`.

    ``hub_settings`` may name an authority of your own, and allow plain HTTP within your network.
    """
    with HubClient(hub_url, terms=Terms.plain(hub_settings)) as hub:
        answer = hub.join(code, name)
    write_key(config_dir, answer.key)
    return answer


@click.command("join")
@click.argument("code")
@click.option(
    "--hub", "url", required=True, help="Address, for example https://hub.example.org"
)
@click.pass_obj
def join_command(config: Path, code: str, url: str) -> None:
    """Exchange a one-time CODE for the secret key of this camera.

    The key goes into hub.key beside the settings; an earlier key is replaced.

    Example: allsky-edge join 7K3M-0QXV-98TN --hub https://hub.example.org
    """
    settings = _settings(config)
    config_dir = config.resolve().parent
    try:
        answer = _join(url, code, config_dir, settings)
    except HubError as error:
        sentence = str(error)
        raise click.ClickException(sentence[0].upper() + sentence[1:]) from None
    except OSError as error:
        raise click.ClickException(f"The key cannot be written: {error}") from None
    click.echo(f"This camera is {answer.camera_id}; its key is {key_path(config_dir)}.")
    if settings is None or settings.hub.url.rstrip("/") != url.rstrip("/"):
        click.echo(f'Write "hub": {{"url": "{url}"}} into {config}, so that it sends.')


def _join(
    url: str, code: str, config_dir: Path, settings: Settings | None
) -> JoinAnswer:
    if settings is None:
        return join(url, code, config_dir)
    return join(url, code, config_dir, settings.site.name, settings.hub)


def _settings(config: Path) -> Settings | None:
    """Return the settings, or None before there are any; a camera may join first."""
    if not config.exists():
        return None
    try:
        return load(config)
    except SettingsError as error:
        raise click.ClickException(str(error)) from None
