"""The command line of the camera: one thin function a command, heavy imports only in the command that needs them."""

import click


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="allsky-network")
def main() -> None:
    """Run and look after an all-sky camera."""
