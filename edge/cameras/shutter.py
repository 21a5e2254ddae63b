"""One frame, exposed as asked, from a configured picamera2: the sensor runs only while it exposes.

What is set before a start holds for the first frame; what is set later takes effect several frames later, which are
minutes at night. Therefore each frame is a start, one frame, a stop. A sensor that spoils its first frames is given
short ones to spoil.
"""

import logging
from collections.abc import Mapping
from typing import Any

from edge.cameras import CameraError, Exposure
from edge.cameras.patience import Patience

RUN_UP_US = 20_000  # a spoilt frame of this length costs nothing
_BEARABLE_US = 500_000  # and so long together are borne without a run-up
_MOST_STALE_FRAMES = 15

log = logging.getLogger(__name__)


class Shutter:
    """Exposes frames.

    Parameters
    ----------
    picam2
        A configured Picamera2 with one buffer.
    fixed
        Controls that every start sets besides exposure and gain.
    patience
        When to give up waiting.
    """

    def __init__(self, picam2: Any, fixed: Mapping[str, Any], patience: Patience):
        self._picam2, self._fixed, self._patience = picam2, fixed, patience
        self.spoilt_frames = 0
        """How many frames the last start spoilt."""

    def expose(self, asked: Exposure) -> Any:
        """Return the completed request of one frame, with the sensor stopped again; raise `CameraError` in good time.

        Whatever picamera2 raises comes through.
        """
        picam2 = self._picam2
        run_up = self.spoilt_frames * asked.exposure_us > _BEARABLE_US
        first = Exposure(RUN_UP_US, asked.gain) if run_up else asked
        picam2.set_controls({**self._fixed, **_controls(first)})
        waiting = picam2.capture_request(wait=False)  # asked before the first frame
        self._patience.in_time("start", picam2.start)
        request = self._awaited(waiting, first)
        self.spoilt_frames = _frames_before(request)
        if run_up:
            request = self._ridden(request, asked)
        self._patience.in_time("stop", picam2.stop)
        return request

    def _ridden(self, request: Any, asked: Exposure) -> Any:
        """Change to ``asked`` while the sensor runs; return the first frame that is nearer to it than to the run-up."""
        between_us = (RUN_UP_US * asked.exposure_us) ** 0.5
        self._picam2.set_controls(_controls(asked))
        for _ in range(_MOST_STALE_FRAMES):
            waiting = self._picam2.capture_request(wait=False)
            request.release()
            request = self._awaited(waiting, asked)
            if request.get_metadata()["ExposureTime"] > between_us:
                return request
        raise CameraError(
            f"the sensor did not change its exposure in {_MOST_STALE_FRAMES} frames"
        )

    def _awaited(self, waiting: Any, asked: Exposure) -> Any:
        limit_s = self._patience.limit_s(asked.exposure_us)
        try:
            return waiting.get_result(timeout=limit_s)
        except TimeoutError:
            raise CameraError(
                f"no frame came within {limit_s:.3g} s for an exposure of {asked.exposure_us / 1e6:.3g} s:"
                " the sensor is dead or its cable loose"
            ) from None


def _controls(exposure: Exposure) -> dict[str, Any]:
    """Return the controls for an exposure: always both, because one alone leaves the other to the automatic."""
    return {"ExposureTime": exposure.exposure_us, "AnalogueGain": exposure.gain}


def _frames_before(request: Any) -> int:
    """Return how many frames the sensor gave since its start that were not handed out."""
    buffers = request.request.buffers.values()
    return int(min(buffer.metadata.sequence for buffer in buffers))
