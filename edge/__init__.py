"""The camera side: capture frames, read sensors, render the night, send it to the hub."""
