"""What all tests share: a place in memory for the cameras' scratch folders that is emptied at the end."""

import os
import tempfile

import pytest


@pytest.fixture(scope="session", autouse=True)
def scratch_in_memory():
    """Let every camera of the tests, in child processes too, keep its scratch in a folder that does not stay."""
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with (
        tempfile.TemporaryDirectory(prefix="allsky-tests-", dir=memory) as folder,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("ALLSKY_SCRATCH", folder)
        yield
