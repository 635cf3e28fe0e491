"""How much likelier it is that mouths say what is heard than that they fit it by chance.

All in nats: the logarithms of likelihood ratios, so that what many mouths tell adds up. Most mouths
that are in view at a moment do not talk: each is taken to say what is heard with some probability
only, so that one that clearly does counts for much and one that does not takes away little.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d
from scipy.special import log_ndtr

from studio.engines import LAG_STEP

Floats = NDArray[np.float64]

SYLLABLE = 120
"""ms; offsets that lie farther apart are two answers."""

MOST_ALONE = 6.0
"""nats of one mouth that count towards a verdict: the same words said again fit as well, too."""

_LEAST, _MOST = 1.0, 6.5  # deviations of chance by which a mouth agrees with what it says
_FINE = np.arange(-12.0, 40.0, 0.02)  # deviations; beyond, as at the ends
_WHOLE = 0.98  # a correlation of more tells no more
_NARROW = 0.02  # deviations of correlations; 2,500 independent values have as much
_HIGHEST = 4  # one in so many peaks is high
_ENOUGH = 8  # high peaks, at least, to tell how fast they become rare
_FALLS = 1.0  # nats in which peaks become rarer by e, if each mouth is as it is taken to be


def speaks_nats(agreement: NDArray[np.float32]) -> Floats:
    """At each lag, by how many nats a mouth rather says what is heard than fits by chance.

    agreement: -1..1 at each lag, nearly all of them lags of chance: their spread tells how many
    independent values each is from (Bartlett 1946), and makes them, as Fisher's z, deviations of
    chance. How well it would agree if it speaks is not known: anything from `_LEAST` to `_MOST`
    deviations.
    """
    if not agreement.any():
        return np.zeros(len(agreement))
    whole = np.arctanh(np.clip(agreement, -_WHOLE, _WHOLE).astype(np.float64))
    return np.interp(whole / max(float(whole.std()), _NARROW), _FINE, _speaks())


def nats(told: Sequence[Floats], shares: Sequence[float]) -> NDArray[np.float32]:
    """At each lag, by how many nats one of some mouths rather says what is heard.

    They are seen at the same moment, so one of them speaks at most. told: the `speaks_nats` of
    each. shares: 0..1, how likely each would speak if it were alone.
    """
    odds = [share / (1 - share) for share in shares]
    found = np.zeros(len(told[0]))
    for one, chances in zip(told, odds, strict=True):
        found = np.logaddexp(found, math.log(chances) + one)
    return (found - math.log1p(sum(odds))).astype(np.float32)


@functools.cache
def _speaks() -> Floats:
    """At `_FINE` deviations: the logarithm of how much likelier they are where a mouth speaks.

    The mean of exp(a * z - a^2 / 2) over all a from `_LEAST` to `_MOST`. The difference of two
    normal distributions is taken where it does not vanish.
    """
    low = _FINE < (_LEAST + _MOST) / 2
    near = np.where(low, _FINE - _LEAST, _MOST - _FINE)
    far = np.where(low, _FINE - _MOST, _LEAST - _FINE)
    between = log_ndtr(near) + np.log1p(-np.exp(log_ndtr(far) - log_ndtr(near)))
    even = 0.5 * math.log(2 * math.pi) - math.log(_MOST - _LEAST)
    return np.asarray(_FINE**2 / 2 + between + even)


def speaks(told: float, share: float) -> float:
    """How likely a mouth says what is heard, 0..1, from its `nats` and how likely it speaks."""
    return max(0.0, 1 - (1 - share) * math.exp(-told))


def model_chance(best: float, searched: float) -> float:
    """How likely chance has a sum as high, 0..1, if each mouth is as it is taken to be here.

    Chance has odds of e^best but once in e^best times (Markov), at each offset of its own. best:
    the highest of the sums at `searched` lags.
    """
    tries = searched * LAG_STEP / SYLLABLE
    return -math.expm1(-tries * math.exp(-max(best, 0.0)))


def found_chance(best: float, lulls: Sequence[Floats], searched: float) -> float:
    """How likely chance has a sum as high, 0..1, going by the sums of a film's own lags of chance.

    best: the highest of the sums at `searched` lags. lulls: sums at successive lags of chance.
    High peaks become rarer exponentially (Pickands 1975): as fast as those of the lulls do, but
    never faster than likelihood ratios must in the worst case.
    """
    peaks = np.sort(np.concatenate([_peaks(sums) for sums in lulls]))[::-1]
    tries = len(peaks) * searched / sum(len(sums) for sums in lulls)
    high = min(len(peaks) - 1, max(_ENOUGH, len(peaks) // _HIGHEST))
    base = float(peaks[high])
    falls = max(_FALLS, float(peaks[:high].mean()) - base if high else 0.0)
    expected = tries * high / len(peaks) * math.exp(min(0.0, (base - best) / falls))
    return -math.expm1(-expected) if best > base else 1.0


def _peaks(sums: Floats) -> Floats:
    """The sums that none within half a syllable exceeds."""
    width = SYLLABLE // LAG_STEP + 1
    return np.asarray(sums[maximum_filter1d(sums, width) == sums])
