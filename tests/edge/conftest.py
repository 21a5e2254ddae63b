"""What several tests of the camera's programs need: a hub over real HTTP that fails when told to, and a camera too."""

import importlib.util
from pathlib import Path

import pytest


def _fake(name: str):
    """Return the module ``tests/fakes/<name>.py``."""
    path = Path(__file__).parent.parent / "fakes" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"fake_{name}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def fake_hub():
    """Return a running `FakeHub` (``tests/fakes/hub.py``)."""
    module = _fake("hub")
    hub = module.FakeHub()
    hub.key = module.KEY
    hub.start()
    yield hub
    hub.stop()


@pytest.fixture(scope="session")
def linear_camera():
    """Return the class `LinearCamera` (``tests/fakes/cameras.py``)."""
    return _fake("cameras").LinearCamera
