"""What the camera is doing and why: gathered from `edge.db` and the disk, for people and for machines."""

import datetime as dt
import shutil
from contextlib import closing
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from edge.config import Settings
from edge.outbox import Outbox
from edge.retention import disk_plan
from edge.running import PROGRAMS
from edge.service import is_running
from edge.store import FrameRecord, ProgramState, Store
from edge.store_clock import held_counts, time_unknown
from edge.store_events import candidate_count
from edge.switching import SWITCHES, switch_state_name
from products.night import Night
from products.utc import utc_text


def gather(settings: Settings, now: dt.datetime) -> dict[str, Any]:
    """Return what is known of the camera, as JSON: programs, last frame, tonight, queue, disk, notes on nights."""
    with closing(Store(settings.data)) as store:
        night = Night.at(now, settings.site.tz)
        states, last = store.states(), store.last_frame()
        disk = shutil.disk_usage(settings.data)
        plan = disk_plan(settings, now, store)
        return {
            "site": settings.site.name,
            "now_utc": utc_text(now),
            "programs": {
                name: _program(states.get(name), is_running(settings.data, name))
                for name in PROGRAMS
            },
            "switches": {
                name: _switch(states.get(switch_state_name(name)))
                for name in SWITCHES
                if getattr(settings, name).enabled
            },
            "last_frame": _frame(last, now) if last else None,
            "tonight": {
                "night": night.name,
                "frames": store.frame_count(since=night.start_utc),
                "meteors": candidate_count(store, night.name),
            },
            "queue": {
                "products": Outbox(store).depth(),
                "readings": store.unsent_count(),
            },
            "disk": {
                "free_bytes": disk.free,
                "total_bytes": disk.total,
                "frames_bytes": plan.frames_bytes,
                "frames_of_night_bytes": plan.frames_of_night_bytes,
                "nights_that_fit": plan.nights_that_fit,
            },
            "undated": _undated(store),
            "night_notes": store.night_notes(),
        }


def _undated(store: Store) -> dict[str, Any]:
    """Return what waits until the time is known, and what was taken in boots that never had one."""
    frames, readings = held_counts(store)
    unknown = [
        {
            "frames": one.frames,
            "readings": one.readings,
            "after_utc": utc_text(one.after_utc) if one.after_utc else None,
            "before_utc": utc_text(one.before_utc),
        }
        for one in time_unknown(store)
    ]
    return {"frames": frames, "readings": readings, "time_unknown": unknown}


def _program(state: ProgramState | None, running: bool) -> dict[str, Any]:
    if state is None:
        return {"running": running}
    return {
        "running": running,
        "state": state.state,
        "reason": state.reason,
        "since_utc": utc_text(state.since_utc),
        "next_utc": utc_text(state.next_utc) if state.next_utc else None,
    }


def _switch(state: ProgramState | None) -> dict[str, Any]:
    """Return what the heater or the fan does, and why."""
    if state is None:
        return {"state": "off", "reason": "off: it never ran here", "since_utc": None}
    since = utc_text(state.since_utc)
    return {"state": state.state, "reason": state.reason, "since_utc": since}


def _frame(frame: FrameRecord, now: dt.datetime) -> dict[str, Any]:
    return {
        "path": frame.path,
        "taken_utc": utc_text(frame.taken_utc),
        "age_s": round((now - frame.taken_utc).total_seconds(), 1),
        "exposure_us": frame.exposure_us,
        "gain": frame.gain,
        "background": frame.background,
        "sun_altitude_deg": frame.sun_altitude_deg,
        "stars": frame.stars,
    }


def show(facts: dict[str, Any], console: Console) -> None:
    """Print what `gather` returned, for a person, after what is wrong with the settings (``settings_trouble``)."""
    now = facts["now_utc"]
    if trouble := facts.get("settings_trouble"):
        console.print(Text(trouble, "bold red"))
    console.print(Text.assemble((facts["site"], "bold"), f", {_clock(now)} UTC"))
    table = Table("program", "what and why", "since (UTC)", "next (UTC)")
    for name, program in facts["programs"].items():
        table.add_row(
            name,
            _what(program),
            _clock(program.get("since_utc"), now),
            _clock(program.get("next_utc"), now) if program["running"] else "",
        )
    console.print(table)
    for line in _lines(facts):
        console.print(line, markup=False, highlight=False)


def _what(program: dict[str, Any]) -> Text:
    reason = program.get("reason", "It never ran here.") or program["state"]
    if program["running"]:
        return Text(reason)
    return Text.assemble(("Not running. ", "bold red"), (reason, "dim"))


def _lines(facts: dict[str, Any]) -> list[str]:
    tonight, queue, disk = facts["tonight"], facts["queue"], facts["disk"]
    waiting = _count(sum(queue["products"].values()), "product")
    return [
        *(
            f"{name.capitalize()} {one['reason']} (since {_clock(one['since_utc'], facts['now_utc']) or 'ever'})"
            for name, one in facts["switches"].items()
        ),
        _last_frame_line(facts["last_frame"], facts["now_utc"]),
        f"Night {tonight['night']}: {_count(tonight['frames'], 'frame')}, "
        f"{_count(tonight['meteors'], 'meteor candidate')}",
        f"Waiting for the hub: {waiting}, {_count(queue['readings'], 'reading')}",
        *_undated_lines(facts["undated"]),
        _disk_line(disk),
        *(f"Night {night}: {note}" for night, note in facts["night_notes"].items()),
    ]


def _undated_lines(undated: dict[str, Any]) -> list[str]:
    """Return what has no time yet, and what will never have one."""
    lines = []
    if undated["frames"] or undated["readings"]:
        lines.append(f"Held until the clock is set: {_both(undated)}")
    for one in undated["time_unknown"]:
        since = f"after {_clock(one['after_utc'])} and " if one["after_utc"] else ""
        when = f"{since}before {_clock(one['before_utc'])} UTC"
        lines.append(
            f"Of an unknown time {when}: {_both(one)}; they stay here and are never sent"
        )
    return lines


def _both(held: dict[str, Any]) -> str:
    frames, readings = held["frames"], held["readings"]
    return f"{_count(frames, 'frame')}, {_count(readings, 'reading')}"


def _disk_line(disk: dict[str, Any]) -> str:
    free, total = disk["free_bytes"] / 1e9, disk["total_bytes"] / 1e9
    words = f"Disk: {free:.1f} of {total:.1f} GB free"
    if disk["frames_of_night_bytes"] is None:
        return words
    written = disk["frames_of_night_bytes"] / 1e6
    fit = _count(disk["nights_that_fit"], "night")
    return f"{words}; the frames of a night are {written:.0f} MB, those of {fit} fit"


def _last_frame_line(frame: dict[str, Any] | None, now: str) -> str:
    if frame is None:
        return "No frame has been stored yet."
    words = [
        f"Last frame: {_clock(frame['taken_utc'], now)} UTC ({_age(frame['age_s'])} ago)"
    ]
    if frame["exposure_us"] is not None:
        words.append(f"{frame['exposure_us'] / 1e6:.4g} s")
    if frame["gain"] is not None:
        words.append(f"gain {frame['gain']:.1f}")
    if frame["background"] is not None:
        words.append(f"background {frame['background']:.0f} of 255")
    if frame["stars"] is not None:
        words.append(_count(frame["stars"], "star"))
    return ", ".join(words)


def _clock(moment: str | None, now: str = "") -> str:
    """Return the time of a moment, with its date unless that is the date of ``now``."""
    if not moment:
        return ""
    day, time = moment[:10], moment[11:19]
    return time if day == now[:10] else f"{day} {time}"


def _age(seconds: float) -> str:
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def _count(number: int, word: str) -> str:
    return f"{number} {word}" + ("" if number == 1 else "s")
