"""The services: the units for where this camera really is, and the commands that install them."""

import grp
import re
import stat
from dataclasses import dataclass
from pathlib import Path

from edge.hub_key import key_path

UNITS = Path(__file__).parents[2] / "systemd"
PROGRAMS = ("capture", "environment", "sync", "nightly")
USER = "allsky"
# What a Raspberry Pi OS lets into camera, buses and pins; only those that this system has.
_GROUPS = ("video", "render", "i2c", "gpio")


@dataclass(frozen=True, slots=True)
class Installation:
    """Where things are: the project, the settings, the folder of the data."""

    project: Path
    config: Path
    data: Path


def unit_files(installation: Installation) -> dict[str, str]:
    """Return the units of the four programs and the timer, by name, for this installation and these groups."""
    names = [f"allsky-edge-{program}.service" for program in PROGRAMS]
    names.append("allsky-edge-nightly.timer")
    return {name: _placed((UNITS / name).read_text(), installation) for name in names}


def preparing(
    installation: Installation, owner: str, *, user_exists: bool
) -> list[list[str]]:
    """Return what makes the services' user and folders: the owner edits the settings, the services read them.

    The services must get to the project, too, although a home folder is closed to others as a rule; going through it
    does not let them list it.
    """
    config, data = installation.config, installation.data
    groups = ",".join(_known_groups())
    add_user = ["sudo", "useradd", "--system", "--home-dir", str(data)]
    add_user += [
        "--shell",
        "/usr/sbin/nologin",
        *(["--groups", groups] if groups else []),
    ]
    folder = ["sudo", "install", "--directory", "--mode", "0750", "--group", USER]
    return [
        *([] if user_exists else [[*add_user, USER]]),
        [*folder, "--owner", owner, str(config.parent)],
        [*folder, "--owner", USER, str(data)],
        *(["sudo", "chmod", "o+x", str(one)] for one in _closed(installation.project)),
    ]


def _closed(project: Path) -> list[Path]:
    """Return the folders on the way to the project, itself included, that others may not go through."""
    way = [*reversed(project.parents), project]
    return [one for one in way if not one.stat().st_mode & stat.S_IXOTH]


def starting(installation: Installation, staged: Path) -> list[list[str]]:
    """Return what installs and starts the services; ``staged`` is a folder that holds the units."""
    config = installation.config
    units = [str(staged / name) for name in unit_files(installation)]
    services = [f"allsky-edge-{program}.service" for program in PROGRAMS]
    key = key_path(config.parent)
    return [
        ["sudo", "chgrp", USER, str(config)],
        ["sudo", "chmod", "0640", str(config)],
        *([["sudo", "chown", f"{USER}:{USER}", str(key)]] if key.exists() else []),
        ["sudo", "install", "--mode", "0644", *units, "/etc/systemd/system"],
        ["sudo", "systemctl", "daemon-reload"],
        ["sudo", "systemctl", "enable", *services, "allsky-edge-nightly.timer"],
        ["sudo", "systemctl", "restart", *services, "allsky-edge-nightly.timer"],
    ]


def _placed(unit: str, installation: Installation) -> str:
    """Return a unit with the paths of this installation, and without groups that this system does not have."""
    placed = unit.replace("/opt/allsky-network", str(installation.project))
    placed = placed.replace("/etc/allsky/config.json", str(installation.config))
    if installation.data != Path("/var/lib/allsky"):
        placed = placed.replace(
            "StateDirectory=allsky", f"ReadWritePaths={installation.data}"
        )
    known = set(_known_groups())

    def groups(line: re.Match[str]) -> str:
        kept = [name for name in line[1].split() if name in known]
        return f"SupplementaryGroups={' '.join(kept)}\n" if kept else ""

    return re.sub(r"SupplementaryGroups=(.*)\n", groups, placed)


def _known_groups() -> list[str]:
    here = {group.gr_name for group in grp.getgrall()}
    return [name for name in _GROUPS if name in here]
