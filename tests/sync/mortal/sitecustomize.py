"""Lets the workers of a hub die as the plan that KILL_PLAN names says; Python runs this when it is on its path."""

import os
from pathlib import Path

from killing import KillPlan

os.register_at_fork(after_in_child=KillPlan(Path(os.environ["KILL_PLAN"])).watch)
