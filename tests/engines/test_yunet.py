"""The face finder that works with a network, on one that takes blue squares for faces."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from studio import engines
from studio.errors import EngineError, UsageError
from tests.engines import tiny_eyes

BLUE = (0, 0, 255)


def picture(*squares: tuple[int, int], size: int = 32, shape: tuple[int, int] = (192, 320)):
    """Grey, with blue squares at these lefts and tops, pixels."""
    pixels = np.full((*shape, 3), 128, np.uint8)
    for left, top in squares:
        pixels[top : top + size, left : left + size] = BLUE
    return pixels


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("networks") / "blue"
    tiny_eyes.make_yunet(folder)
    return folder


def test_faces_are_where_the_network_sees_them(network: Path) -> None:
    finder = engines.open("face-finder", f"yunet:{network}")
    (one,) = finder.find(picture((64, 96)))
    assert (one.left, one.top) == pytest.approx((56 / 320, 88 / 192))
    assert (one.width, one.height) == pytest.approx((48 / 320, 48 / 192))
    two = finder.find(picture((64, 96), (256, 32)))
    assert [box.left for box in two] == pytest.approx([56 / 320, 248 / 320])
    assert finder.find(picture()) == ()


def test_the_network_is_shown_the_colours_in_its_order(network: Path) -> None:
    finder = engines.open("face-finder", f"yunet:{network}")
    red = np.ascontiguousarray(picture((64, 96))[:, :, ::-1])
    assert finder.find(red) == ()


def test_pictures_of_any_size_and_shape(network: Path) -> None:
    finder = engines.open("face-finder", f"yunet:{network}")
    (large,) = finder.find(picture((384, 576), size=96, shape=(1152, 1920)))  # shown a third of it
    assert (large.left, large.top) == pytest.approx((120 / 640, 184 / 384), abs=0.01)
    (small,) = finder.find(picture((64, 0), shape=(50, 100)))  # no multiple of the network's grid
    assert small.left == pytest.approx(0.56)
    assert finder.find(picture((0, 0), shape=(40, 300))) == ()


def test_the_largest_comes_first_and_none_lies_outside(network: Path) -> None:
    finder = engines.open("face-finder", f"yunet:{network}")
    upper, corner = finder.find(picture((0, 64), (32, 0), shape=(96, 100)))
    assert (upper.left, upper.top, upper.width) == pytest.approx((0.24, 0, 0.48))
    assert upper.height == pytest.approx(40 / 96)
    assert (corner.left, corner.top, corner.width) == pytest.approx((0, 56 / 96, 0.4))
    assert corner.top + corner.height == pytest.approx(1)


def test_a_file_that_is_no_network_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "broken.onnx").write_bytes(b"no network")
    with pytest.raises(EngineError, match=r"broken\.onnx cannot be used"):
        engines.open("face-finder", f"yunet:{tmp_path}")


def test_another_network_is_a_sentence(tmp_path: Path) -> None:
    import onnx
    from onnx import TensorProto, helper

    shape = [1, 3, "height", "width"]
    graph = helper.make_graph(
        [helper.make_node("Relu", ["input"], ["other"])],
        "other",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("other", TensorProto.FLOAT, shape)],
    )
    opset = [helper.make_opsetid("", 13)]
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=8), tmp_path / "a.onnx")
    with pytest.raises(EngineError, match=r"a\.onnx cannot be used"):
        engines.open("face-finder", f"yunet:{tmp_path}").find(picture())


def test_a_folder_without_one_network_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"holds no \.onnx"):
        engines.open("face-finder", f"yunet:{tmp_path}")
    for name in "ab":
        (tmp_path / f"{name}.onnx").write_bytes(b"")
    with pytest.raises(UsageError, match=r"holds 2 \.onnx"):
        engines.open("face-finder", f"yunet:{tmp_path}")


def test_what_was_not_fetched_says_how_to_get_it(own_folders: Path) -> None:
    with pytest.raises(EngineError) as caught:
        engines.open("face-finder", "yunet")
    assert "studio engines get yunet" in caught.value.advice
