"""Drivers and formulas: from a bus to readings with units."""
