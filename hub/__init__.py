"""The web side: take finished products and readings from cameras and show them."""
