"""The command line of the hub."""

import click


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="allsky-network")
def main() -> None:
    """Run and look after the web site of the network."""
