"""Settings of gunicorn that let the hub's workers die as the plan named by KILL_PLAN says."""

import os
from pathlib import Path

from killing import KillPlan


def post_worker_init(_worker: object) -> None:
    """Watch the steps of a worker that is about to begin."""
    KillPlan(Path(os.environ["KILL_PLAN"])).watch()
