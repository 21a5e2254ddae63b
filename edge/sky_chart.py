"""The chart of a night's sky brightness, from the readings in the store to a product of the night."""

from edge.config import Settings
from edge.night_products import axis_of
from edge.settings.sensors import private_names
from edge.sky_watch import SENSOR
from edge.store import Store
from products.chart_canvas import HEIGHT, WIDTH
from products.files import write_atomically
from products.night import Night
from products.report import MadeProduct
from products.sky_brightness import QUANTITY
from products.sky_chart import SkyChart, sky_chart
from products.utc import utc_text


def make_sky_chart(
    store: Store, settings: Settings, night: Night
) -> MadeProduct | None:
    """Write sqm.png among the products of a night; return None, and write nothing, when no meter read the sky.

    Of several public meters the one with the most readings in the night is shown, the camera's own frames only where
    there is no other. Raises OSError when the file cannot be written.
    """
    site, axis = settings.site, axis_of(settings, night)
    found = store.readings_between(QUANTITY.name, axis.start_utc, axis.end_utc)
    private = private_names(settings.sensors)
    meters = {name: values for name, values in found.items() if name not in private}
    if not meters:
        return None
    meter = max(sorted(meters), key=lambda name: (name != SENSOR, len(meters[name])))
    chart = sky_chart(night.name, axis, site.place, site.tz, meters[meter])
    if chart is None:
        return None
    write_atomically(store.products_folder(night.name) / "sqm.png", chart.png)
    return _product(chart, meter)


def _product(chart: SkyChart, meter: str) -> MadeProduct:
    return MadeProduct(
        kind="sqm",
        path="sqm.png",
        type="image/png",
        width=WIDTH,
        height=HEIGHT,
        first_utc=chart.samples[0][0],
        last_utc=chart.samples[-1][0],
        facts={
            "sensor": meter,
            "readings": len(chart.samples),
            "light": str(chart.darkness.light),
            "darkest_mag_arcsec2": chart.darkness.darkest_mag_arcsec2,
            "darkest_utc": utc_text(chart.darkness.darkest_utc),
            "median_mag_arcsec2": round(chart.darkness.median_mag_arcsec2, 3),
        },
    )
