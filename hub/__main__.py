"""``python -m hub`` is ``allsky-hub``."""

from hub.cli import main

main()
