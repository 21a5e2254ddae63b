"""The words for points and badges, in the language of the page."""

from hub.public.wording import _
from hub.xp import GAPLESS_SHARE, STEADY_SHARE

Words = tuple[str, str]  # a name, and what has to be done


def rule_words(rule: str) -> Words:
    """Return for what a rule gives points, and what counts."""
    gapless, steady = (round(100 * share) for share in (GAPLESS_SHARE, STEADY_SHARE))
    return {
        "night": (
            _("A night delivered"),
            _("Its keogram or its video has arrived, whatever the weather was."),
        ),
        "complete": (
            _("A complete night"),
            _("Both keogram and video have arrived."),
        ),
        "gapless": (
            _("A night without gaps"),
            _("Frames cover at least %(share)d %% of it.", share=gapless),
        ),
        "month": (
            _("A steady month"),
            _("At least %(share)d %% of its nights are there.", share=steady),
        ),
        "quantity": (
            _("Something measured"),
            _("Temperature, humidity, pressure, light, sky brightness and temperature, clouds, stars: each once."),
        ),
        "circle": (
            _("The sky's circle is known"),
            _("The camera tells where in its picture the sky is."),
        ),
        "calibration": (
            _("A calibrated camera"),
            _("The camera measures the sky's brightness in mag/arcsec² from its own pixels."),
        ),
        "highlight": (
            _("A highlight"),
            _("A picture or video was chosen for the highlights of the network."),
        ),
    }[rule]  # fmt: skip


def badge_words(badge: str) -> Words:
    """Return the name of a badge, and what earns it."""
    return {
        "first-light": (_("First light"), _("The first night has arrived.")),
        "nights-30": (_("30 nights"), _("Thirty nights have arrived.")),
        "nights-100": (_("100 nights"), _("A hundred nights have arrived.")),
        "nights-365": (_("365 nights"), _("As many nights as a year has.")),
        "nights-1000": (_("1,000 nights"), _("A thousand nights have arrived.")),
        "streak-30": (_("30 in a row"), _("Thirty nights without a missing one.")),
        "streak-100": (_("100 in a row"), _("A hundred nights without a missing one.")),
        "streak-365": (_("A year in a row"), _("365 nights without a missing one.")),
        "round-the-year": (
            _("Round the year"),
            _("A steady month in each of the twelve months."),
        ),
        "weather-station": (
            _("Weather station"),
            _("Measures temperature, humidity and air pressure."),
        ),
        "sky-meter": (_("Sky meter"), _("Measures the brightness of the sky.")),
        "calibrated": (
            _("Calibrated"),
            _("Measures the sky's brightness with the camera itself."),
        ),
        "highlight": (_("Highlight"), _("Was chosen for the highlights once.")),
        "highlight-10": (
            _("Ten highlights"),
            _("Was chosen for the highlights ten times."),
        ),
    }[badge]
