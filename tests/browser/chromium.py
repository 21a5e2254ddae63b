"""Find a Chromium for the browser tests, or install one: ``python tests/browser/chromium.py`` prints its path.

A Chromium that is already there is used; else Debian's package is installed where apt works without asking (root, or
sudo without a password); else Playwright's own is fetched. When nothing works the script says so in one sentence and
exits with 1.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
PACKAGES = ("chromium", "libatomic1")  # Playwright's driver needs the second
REMEDY = (
    "No Chromium for the browser tests: install one (Debian and Raspberry Pi OS: sudo apt install chromium libatomic1) "
    "or name one in the environment variable CHROMIUM."
)


def find() -> str | None:
    """Return the path of a Chromium that Playwright can drive, or None."""
    if not _driver_runs():
        return None
    if named := os.environ.get("CHROMIUM"):
        return named if Path(named).exists() else None
    return (
        next((path for name in NAMES if (path := shutil.which(name))), None)
        or _playwrights_own()
    )


def _driver_runs() -> bool:
    command = [sys.executable, "-m", "playwright", "--version"]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


def _playwrights_own() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def install() -> None:
    """Try to install one: Debian's package, else Playwright's own. What fails says so on stderr."""
    as_root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if shutil.which("apt-get") and shutil.which((as_root or ["apt-get"])[0]):
        _run([*as_root, "apt-get", "update", "-qq"])
        _run([*as_root, "apt-get", "install", "-y", "-qq", *PACKAGES])
    if find() is None:
        _run([sys.executable, "-m", "playwright", "install", "chromium"])


def _run(command: list[str]) -> None:
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(
        command,
        check=False,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode:
        sys.stderr.write(f"{' '.join(command)} failed:\n{done.stdout[-500:]}\n")


def main() -> int:
    """Print the path of a Chromium, installing one if need be."""
    if find() is None:
        sys.stderr.write("No Chromium for the browser tests yet, installing one ...\n")
        install()
    path = find()
    print(path or REMEDY, file=sys.stdout if path else sys.stderr)
    return 0 if path else 1


if __name__ == "__main__":
    sys.exit(main())
