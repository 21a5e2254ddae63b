"""Frames in, products out: keogram, startrails, timelapse, and the dates and skies they need."""
