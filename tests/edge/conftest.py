"""What several tests of the camera's programs need: a hub over real HTTP that fails when told to."""

import importlib.util
from pathlib import Path

import pytest


@pytest.fixture
def fake_hub():
    """Return a running `FakeHub` (``tests/fakes/hub.py``)."""
    path = Path(__file__).parent.parent / "fakes" / "hub.py"
    spec = importlib.util.spec_from_file_location("fake_hub", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    hub = module.FakeHub()
    hub.key = module.KEY
    hub.start()
    yield hub
    hub.stop()
