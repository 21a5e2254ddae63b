import pytest

from products.quantities import QUANTITIES


@pytest.mark.parametrize("quantity", QUANTITIES.values(), ids=lambda one: one.name)
def test_every_quantity_is_complete(quantity):
    assert quantity.lowest < quantity.highest
    assert quantity.en
    assert quantity.de
    assert quantity.name.replace("_", "").isalnum()


def test_names_are_their_own_keys():
    assert all(name == quantity.name for name, quantity in QUANTITIES.items())
