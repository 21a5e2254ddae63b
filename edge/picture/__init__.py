"""What becomes of a frame between the camera and everything else: hot pixels, crop, privacy; and the shown copy."""
