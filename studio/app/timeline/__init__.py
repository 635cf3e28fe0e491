"""The timeline: lanes for pictures, scenes, sound, dialogue, cues and beds over output time.

content      what is shown, as one frozen value        placed   where it lies, as arrays
view         which stretch, how large                  clock    film ms to output ms and back
strip        the widget that paints it                 timeline hands and keys on it
painting     lanes     cuepainting  cues               overview the whole film in one strip
waveform, filmstrip, labels, marks                     what is drawn once and kept
drag, snap, spots                                      moving and trimming, pure
"""

from studio.app.states import CueState, cue_states
from studio.app.timeline.content import Spot, Stretch, TimelineContent, clip_spans
from studio.app.timeline.overview import Overview
from studio.app.timeline.timeline import Timeline

__all__ = [
    "CueState",
    "Overview",
    "Spot",
    "Stretch",
    "Timeline",
    "TimelineContent",
    "clip_spans",
    "cue_states",
]
