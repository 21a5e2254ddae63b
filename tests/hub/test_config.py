from pathlib import Path

import pytest

from hub.config import HubSettings
from hub.quota_settings import QuotaSettings
from hub.site_settings import SiteSettings

DOCS = Path(__file__).parents[2] / "docs"
DESCRIBED = "\n".join(
    (DOCS / name).read_text() for name in ("hub.md", "site.md", "nginx.md")
)


@pytest.mark.parametrize("model", [HubSettings, SiteSettings, QuotaSettings])
def test_every_setting_is_described_for_operators_and_in_its_model(model):
    for name, field in model.model_fields.items():
        assert field.description, name
        assert name in DESCRIBED, name


def test_the_defaults_are_a_hub():
    assert HubSettings().quotas.points_per_minute >= 1000


@pytest.mark.parametrize(
    "wrong",
    [
        {"quotas": {"bytes_per_day": 0}},
        {"quotas": {"points_per_minute": 10}},  # less than one batch
        {"quotas": {"pionts_per_minute": 5000}},
        {"spread_s": -1},
    ],
)
def test_settings_that_cannot_work_are_refused(wrong):
    with pytest.raises(ValueError, match="validation error"):
        HubSettings.model_validate(wrong)
