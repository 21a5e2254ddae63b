"""Libraries of others lie in the tree exactly as their authors published them, each with its licence."""

import hashlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = [ROOT / "hub/static/vendor", ROOT / "tests/browser/vendor"]


def listed(folder):
    text = (folder / "VENDORED.md").read_text()
    return dict(re.findall(r"^\| (\S+) \| ([0-9a-f]{64}) \|$", text, re.MULTILINE))


def files(folder):
    return [
        path
        for path in folder.rglob("*")
        if path.is_file() and path.name != "VENDORED.md"
    ]


@pytest.mark.parametrize("folder", FOLDERS, ids=str)
def test_every_file_is_listed_with_its_hash_and_nothing_else_is(folder):
    found = {
        path.relative_to(folder).as_posix(): hashlib.sha256(
            path.read_bytes()
        ).hexdigest()
        for path in files(folder)
    }
    assert found
    assert found == listed(folder)


@pytest.mark.parametrize("folder", FOLDERS, ids=str)
def test_every_library_has_its_licence_and_is_named_with_its_source(folder):
    text = (folder / "VENDORED.md").read_text()
    versions = [path for path in folder.glob("*/*") if path.is_dir()]
    assert versions
    for version in versions:
        assert (version / "LICENSE").exists(), version
        assert f"| {version.parent.name} | {version.name} | npm package " in text
