"""``allsky-edge doctor``: what is wrong with this camera and what to do; ``support``: the same for a helper."""
