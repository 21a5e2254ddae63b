"""The keogram of a night made again from its column file alone: no frame is opened, even if they are gone by now."""

from pathlib import Path

from products.columns import ColumnFile
from products.keogram import TimeAxis
from products.night_files import NightFiles
from products.render_settings import RenderSettings
from products.report import MadeProduct
from products.segments import Segments
from products.sun import Interval


def render_keogram(
    folder: Path, axis: Interval, settings: RenderSettings
) -> MadeProduct:
    """Write the keogram of a night that was captured here, with its smaller versions and its sidecar.

    Nobody else may be at work on this night meanwhile.

    Parameters
    ----------
    folder
        The night's folder of products, with ``keogram.columns``.
    axis
        The stretch of time to show; it may be another one than before.
    settings
        How it is made. The angle must be that at which the columns were taken.

    Raises
    ------
    ValueError
        There are no columns, or they were taken at another angle.
    """
    columns = ColumnFile(folder / "keogram.columns")
    if columns.geometry is None or not columns.records:
        raise ValueError(f"{columns.path} holds no columns")
    taken_deg = columns.geometry.rotation_deg
    if taken_deg != settings.rotation_deg:
        raise ValueError(
            f"the columns were taken at {taken_deg:g}°, not at {settings.rotation_deg:g}°"
        )
    frames = sorted(columns.records, key=lambda one: one.order)
    held = Segments(folder / "segments" / settings.video.folder_name).stems
    video = [one.stem for one in frames if one.stem in held]
    files = NightFiles(folder, axis, settings)
    until = TimeAxis.over(axis, settings.column_s).count
    return files.keogram(frames, columns, until, video)
