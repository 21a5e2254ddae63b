"""What the sensor page says in words: titles, values, states, stretches of time."""

import datetime as dt
from zoneinfo import ZoneInfo

from babel import dates
from flask_babel import get_locale

from hub.public import phrases
from hub.public.captions import decimals_of
from hub.public.curve_charts import CurveChart
from hub.public.date_axis import Mark
from hub.public.sensor_blocks import BlockName
from hub.public.wording import _, ngettext
from hub.series import LatestReading, Reason, Series, Span
from hub.series.moments import DAY_MS, HOUR_MS, MINUTE_MS, moment_of
from products.quantities import QUANTITIES
from products.utc import utc_text

_DAY = dt.timedelta(days=1)


def block_title(name: BlockName) -> str:
    """Return the heading of a block."""
    return {
        BlockName.SKY: _("Sky"),
        BlockName.ENVIRONMENT: _("Environment"),
        BlockName.SYSTEM: _("System"),
        BlockName.OTHER: _("Other readings"),
    }[name]


def short_name(quantity: str) -> str:
    """Return the name of a quantity beside a value that explains itself."""
    name = phrases.quantity_name(quantity)
    return name.partition(" (")[0] if quantity == "cloud_state" else name


def value(quantity: str, measured: float) -> str:
    """Return a value as people say it: a number, or the word it stands for."""
    match quantity:
        case "cloud_state":
            words = [_("clear"), _("light clouds"), _("heavy clouds"), _("overcast")]
        case "cpu_slowed" | "supply_low":
            words = [_("no"), _("yes")]
        case _:
            words = []
    if measured in range(len(words)):
        return words[int(measured)]
    return phrases.number(measured, decimals_of(quantity, measured))


def doubtful(one: LatestReading) -> bool:
    """Return whether a reading is beyond the plausible limits of its quantity."""
    known = QUANTITIES.get(one.quantity)
    return known is not None and not known.lowest <= one.value <= known.highest


def why_silent(reason: str) -> str:
    """Return why a series has no newer reading."""
    return {
        Reason.CAMERA_OFFLINE.value: _("camera offline"),
        Reason.SENSOR_SILENT.value: _("sensor silent"),
    }.get(reason, _("no readings"))


def line_name(series: Series, chart: CurveChart) -> str:
    """Return the name of a line: its quantity, with its sensor where the chart has more than one."""
    name = phrases.quantity_name(series.quantity)
    sensors = {curve.series.sensor for curve in chart.curves}
    return f"{name} ({series.sensor})" if len(sensors) > 1 else name


def chart_title(chart: CurveChart) -> str:
    """Return the names of what a chart shows."""
    names = [phrases.quantity_name(one.series.quantity) for one in chart.curves]
    return ", ".join(dict.fromkeys(names))


def chart_label(chart: CurveChart, unit: str) -> str:
    """Return what a chart shows, for those who cannot see it."""
    low, high = chart.levels[0].value, chart.levels[-1].value
    return _(
        "%(names)s, scale from %(low)s to %(high)s %(unit)s",
        names=chart_title(chart),
        low=phrases.number(low, chart.decimals),
        high=phrases.number(high, chart.decimals),
        unit=unit,
    )


def level(number: float, chart: CurveChart) -> str:
    """Return a round number on the side: powers of ten without the noughts of the smallest."""
    if chart.logarithmic:
        decimals = 0 if number >= 1 else len(f"{number:.12f}".rstrip("0")) - 2
        return phrases.number(number, decimals)
    return phrases.number(number, chart.decimals)


def marked(chart: CurveChart) -> str:
    """Return how many implausible readings a chart leaves out, or nothing."""
    if not chart.marked:
        return ""
    return ngettext(
        "%(count)s implausible reading is not drawn.",
        "%(count)s implausible readings are not drawn.",
        chart.marked,
        count=phrases.number(chart.marked),
    )


def range_name(name: str) -> str:
    """Return a range as the choice of ranges says it."""
    return {
        "24h": _("24 hours"),
        "7d": _("7 days"),
        "30d": _("30 days"),
        "1y": _("1 year"),
    }[name]


def note(code: str) -> str:
    """Return why another stretch is shown than the one that was asked for."""
    if code == "unknown_range":
        return _("There is no such range; these are the last 24 hours.")
    return _("Those moments are no stretch of time; these are the last 24 hours.")


def stretch(span: Span, zone: ZoneInfo) -> str:
    """Return from when to when, with times of day where they matter."""
    start, end = span.start_utc.astimezone(zone), span.end_utc.astimezone(zone)
    if span.end_utc - span.start_utc > 60 * _DAY:
        return f"{phrases.date(start.date())} \u2013 {phrases.date(end.date())}"
    return f"{moment(start, zone)} \u2013 {moment(end, zone)}"


def moment(when: dt.datetime, zone: ZoneInfo) -> str:
    """Return day and time of day: '22 Nov, 03:10'."""
    local = when.astimezone(zone)
    return f"{phrases.short_date(local.date())}, {phrases.clock_time(when, zone)}"


def row_time(start_ms: int, width_ms: int, zone: ZoneInfo) -> str:
    """Return the beginning of a row of a table, as exactly as its width asks for."""
    begin = moment_of(start_ms)
    if width_ms >= DAY_MS:
        return phrases.date(begin.date())
    return moment(begin, zone)


def width(width_ms: int) -> str:
    """Return what one row or point stands for."""
    if not width_ms:
        return _("every reading")
    if width_ms < HOUR_MS:
        count = width_ms // MINUTE_MS
        return ngettext("means of %(num)d minute", "means of %(num)d minutes", count)
    if width_ms < DAY_MS:
        count = width_ms // HOUR_MS
        return ngettext("means of %(num)d hour", "means of %(num)d hours", count)
    count = width_ms // DAY_MS
    return ngettext("means of %(num)d day", "means of %(num)d days", count)


def mark(one: Mark, zone: ZoneInfo) -> str:
    """Return what a mark of the time axis says."""
    local = one.moment_utc.astimezone(zone)
    match one.says:
        case "time":
            return phrases.clock_time(one.moment_utc, zone)
        case "day":
            return phrases.short_date(local.date())
        case "month":
            return phrases.short_month(local.date())
        case _:
            return str(dates.format_date(local.date(), "y", locale=get_locale()))


def utc(ts_ms: int) -> str:
    """Return a moment for the address of a file."""
    return utc_text(moment_of(ts_ms))
