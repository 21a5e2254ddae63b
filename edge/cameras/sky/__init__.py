"""A true sky above a place: sun, moon, planets and stars where they are, and the light they make, cloud by cloud.

`sky.sky.Sky` is what the simulated camera looks at. Brightness is counted everywhere in the *flux* of a star of
magnitude 0 (per square second of arc for surfaces), in three channels red, green and blue that are equal for sunlight;
green stands for the V band.
"""
