"""Stands in for the bindings to the screen that picamera2 imports and a camera under a dome never uses."""


class _Names(type):
    def __getattr__(cls, name: str) -> str:
        return name


class PixelFormat(metaclass=_Names):
    """Any pixel format is its name."""
