"""Seeing and hearing the described film before it is exported.

player      one clock, in output time, and what can be done with it
projector   one mpv that shows a film and sounds its mix
screen      the widget that shows its pictures, drawn in memory
glscreen    the same, drawn by the graphics card
reel        the film's pictures, one by one
pictures    those of the described film in a row, as a file that mpv reads
tones       where gaps begin and end, for the ear
mixstream   the mix, as a sound file that mpv reads
libmpv      where python-mpv does not reach
"""

from studio.app.player.player import Opened, Player
from studio.app.player.screen import Screen, screen_for

__all__ = ["Opened", "Player", "Screen", "screen_for"]
