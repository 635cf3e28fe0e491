"""libmpv where python-mpv does not reach: files made of functions, and pictures in memory.

python-mpv copies what a stream callback gives byte by byte, and does not know the parameters of
the software renderer; both are called here directly. All objects that libmpv may call stay
referenced until the player is gone.
"""

from __future__ import annotations

import ctypes
import itertools
import locale
import sys
import threading
from collections.abc import Callable
from ctypes import POINTER, byref, c_char_p, c_int, c_size_t, c_uint64, c_void_p, cast, pointer
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from studio.errors import MediaError

Mpv = Any
"""A `mpv.MPV`; python-mpv has no types."""


def new_mpv(**options: str | int | bool) -> Mpv:
    """A new mpv with `options`, in the number format it needs. Raises MediaError without libmpv.

    To be called after the QApplication is there, which sets the user's number format.
    """
    try:
        import mpv  # loads libmpv
    except OSError as error:
        raise MediaError(
            "Films cannot be played: the library libmpv is missing.",
            "Everything else works; what is described cannot be seen and heard.",
            "Install it (on Debian and Ubuntu: apt-get install libmpv2) and start again.",
        ) from error
    locale.setlocale(locale.LC_NUMERIC, "C")
    return mpv.MPV(**options)


# --- files made of functions ----------------------------------------------------------------------


Content = bytes | NDArray[np.uint8]
"""Bytes of a file; arrays need not be copied to be cut."""


class Bytes(Protocol):
    """A file that is made while it is read. Its methods are called in mpv's threads."""

    @property
    def size(self) -> int:
        """Its length in bytes."""
        ...

    def read(self, position: int, count: int) -> Content:
        """At most `count` bytes from `position`, at least one before the end."""
        ...

    def expect(self, position: int) -> None:
        """Make ready what is read from `position` on, if that takes a while."""
        ...


_MOST_BYTES = 1 << 20  # made at a time
_FAILED = -1
_NOT_FOUND = -13  # MPV_ERROR_LOADING_FAILED


class Files:
    """Everything that one mpv can open under `scheme`://name.

    opened: gives the file of a name, or None; failed: told an exception that a file raised. Both
    are called in mpv's threads.
    """

    def __init__(
        self,
        player: Mpv,
        scheme: str,
        opened: Callable[[str], Bytes | None],
        failed: Callable[[Exception], None],
    ) -> None:
        import mpv

        self._opened, self._failed = opened, failed
        self._numbers = itertools.count(1)
        self._open: dict[int, tuple[Bytes, list[int]]] = {}  # the file and where reading stands
        self._lock = threading.Lock()
        self._calls = (
            mpv.StreamOpenFn(self._on_open),
            mpv.StreamReadFn(self._on_read),
            mpv.StreamSeekFn(self._on_seek),
            mpv.StreamSizeFn(self._on_size),
            mpv.StreamCloseFn(self._on_close),
        )
        mpv._mpv_stream_cb_add_ro(player.handle, scheme.encode(), None, self._calls[0])

    def _on_open(self, _: object, address: bytes, info: Any) -> int:
        file = self._opened(address.decode().partition("://")[2])
        if file is None:
            return _NOT_FOUND
        with self._lock:
            number = next(self._numbers)
            self._open[number] = (file, [0])
        calls = info.contents
        calls.cookie = number
        _, calls.read, calls.seek, calls.size, calls.close = self._calls
        return 0

    def _on_read(self, number: int, target: object, count: int) -> int:
        file, position = self._open[number]
        try:
            made = file.read(position[0], min(count, _MOST_BYTES))
        except Exception as error:  # nothing may pass into C; the player tells it
            self._failed(error)
            return _FAILED
        source = np.frombuffer(made, np.uint8)
        ctypes.memmove(target, source.ctypes.data, len(source))  # type: ignore[arg-type]
        position[0] += len(source)
        return len(source)

    def _on_seek(self, number: int, position: int) -> int:
        file, standing = self._open[number]
        standing[0] = position
        try:
            file.expect(position)
        except Exception as error:
            self._failed(error)
            return _FAILED
        return position

    def _on_size(self, number: int) -> int:
        return self._open[number][0].size

    def _on_close(self, number: int) -> None:
        with self._lock:
            del self._open[number]


# --- pictures in memory ---------------------------------------------------------------------------

_END, _API, _NO_WAIT, _SIZE, _FORMAT, _STRIDE, _POINTER = 0, 1, 12, 17, 18, 19, 20
_GL_INIT, _GL_TARGET, _GL_FLIP = 2, 3, 4
_NEW_FRAME = 1  # MPV_RENDER_UPDATE_FRAME
_ALIGNED = 64  # bytes; what libmpv's scaler is fast with
_OPAQUE = np.uint32(0xFF000000 if sys.byteorder == "little" else 0xFF)  # the fourth byte

_Callback = ctypes.CFUNCTYPE(None, c_void_p)


class _Parameter(ctypes.Structure):
    _fields_ = (("type", c_int), ("data", c_void_p))


_AddressOf = ctypes.CFUNCTYPE(c_void_p, c_void_p, c_char_p)


class _OpenGLInit(ctypes.Structure):
    _fields_ = (("address", _AddressOf), ("given", c_void_p), ("extensions", c_char_p))


class _OpenGLTarget(ctypes.Structure):
    _fields_ = (("framebuffer", c_int), ("width", c_int), ("height", c_int), ("format", c_int))


def _library() -> ctypes.CDLL:
    """libmpv with the types of its render functions; python-mpv has set others on its own copy."""
    import mpv

    library = ctypes.CDLL(mpv.backend._name)
    library.mpv_render_context_create.argtypes = [
        POINTER(c_void_p), c_void_p, POINTER(_Parameter),
    ]  # fmt: skip
    library.mpv_render_context_render.argtypes = [c_void_p, POINTER(_Parameter)]
    library.mpv_render_context_update.argtypes = [c_void_p]
    library.mpv_render_context_update.restype = c_uint64
    library.mpv_render_context_set_update_callback.argtypes = [c_void_p, _Callback, c_void_p]
    library.mpv_render_context_set_update_callback.restype = None
    library.mpv_render_context_free.argtypes = [c_void_p]
    library.mpv_render_context_free.restype = None
    return library


class _Renderer:
    """mpv's pictures. Free it before its mpv is terminated.

    interface: libmpv's name of where they are drawn. given: what that needs besides.
    wanted: called in a thread of mpv's when there is something to draw; it must only pass that on.
    Everything else belongs into one thread.
    """

    def __init__(
        self, player: Mpv, wanted: Callable[[], None], interface: bytes, *given: _Parameter
    ) -> None:
        self._library = _library()
        self._context = c_void_p()
        called = c_char_p(interface)
        parameters = (_Parameter * (2 + len(given)))(
            _Parameter(_API, cast(called, c_void_p)), *given, _Parameter()
        )
        handle = cast(player.handle, c_void_p)
        code = self._library.mpv_render_context_create(byref(self._context), handle, parameters)
        if code < 0:
            raise MediaError(
                f"The film's pictures cannot be drawn (libmpv says {code}).",
                "Its sound can be heard.",
                "Install a newer libmpv (0.33 or later).",
            )
        self._wanted = _Callback(lambda _: wanted())
        self._library.mpv_render_context_set_update_callback(self._context, self._wanted, None)

    def has_new(self) -> bool:
        """Whether there is a picture that was not drawn yet; to be asked after `wanted`."""
        if self._context.value is None:
            return False
        return bool(self._library.mpv_render_context_update(self._context) & _NEW_FRAME)

    def _draw(self, *how: _Parameter) -> None:
        parameters = (_Parameter * (1 + len(how)))(*how, _Parameter())
        self._library.mpv_render_context_render(self._context, parameters)

    def free(self) -> None:
        """Let go of mpv; nothing is drawn any more."""
        if self._context.value is not None:
            nothing = _Callback(0)
            self._library.mpv_render_context_set_update_callback(self._context, nothing, None)
            self._library.mpv_render_context_free(self._context)
            self._context = c_void_p()


class SoftwareRenderer(_Renderer):
    """mpv's pictures drawn into memory; see `_Renderer`."""

    def __init__(self, player: Mpv, wanted: Callable[[], None]) -> None:
        super().__init__(player, wanted, b"sw")
        self._pixels = np.zeros((0, 0), np.uint32)

    def draw(self, width: int, height: int) -> NDArray[np.uint32]:
        """The current picture in `width` x `height` pixels, letterboxed; height x pixels of a row.

        The bytes of a pixel are blue, green, red and 255, rows may be longer than `width`. The
        next picture of that size is drawn into the same memory.
        """
        stride = -(-width * 4 // _ALIGNED) * _ALIGNED
        if self._pixels.shape != (height, stride // 4):
            raw = np.zeros(stride * height + _ALIGNED, np.uint8)
            offset = -raw.ctypes.data % _ALIGNED
            inside = raw[offset : offset + stride * height]
            self._pixels = inside.view(np.uint32).reshape(height, stride // 4)
        pixels = self._pixels
        size = (c_int * 2)(width, height)
        kind = c_char_p(b"bgr0")
        row = c_size_t(stride)
        at_once = c_int(0)
        self._draw(
            _Parameter(_SIZE, cast(size, c_void_p)),
            _Parameter(_FORMAT, cast(kind, c_void_p)),
            _Parameter(_STRIDE, cast(pointer(row), c_void_p)),
            _Parameter(_POINTER, pixels.ctypes.data),
            _Parameter(_NO_WAIT, cast(pointer(at_once), c_void_p)),
        )
        pixels |= _OPAQUE  # libmpv leaves 0, which Wayland takes for transparent
        return pixels


class OpenGLRenderer(_Renderer):
    """mpv's pictures drawn by OpenGL; see `_Renderer`. All calls need its context to be current.

    address: gives the address of a function of OpenGL. current: makes the context current.
    """

    def __init__(
        self,
        player: Mpv,
        wanted: Callable[[], None],
        address: Callable[[bytes], int],
        current: Callable[[], None],
    ) -> None:
        self._current = current
        self._address = _AddressOf(lambda _, name: address(name))
        given = _OpenGLInit(self._address, None, None)
        super().__init__(player, wanted, b"opengl", _Parameter(_GL_INIT, _place(given)))

    def draw(self, framebuffer: int, width: int, height: int) -> None:
        """Draw the current picture into all of a framebuffer, in its shape, black beside it."""
        target = _OpenGLTarget(framebuffer, width, height, 0)
        flipped, at_once = c_int(1), c_int(0)
        self._draw(
            _Parameter(_GL_TARGET, _place(target)),
            _Parameter(_GL_FLIP, _place(flipped)),
            _Parameter(_NO_WAIT, _place(at_once)),
        )

    def free(self) -> None:
        """Let go of mpv; nothing is drawn any more."""
        self._current()
        super().free()


def _place(value: Any) -> c_void_p:
    return cast(pointer(value), c_void_p)
