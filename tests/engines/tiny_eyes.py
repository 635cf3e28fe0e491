"""Tiny object finders with random weights, of the real classes, in folders as real ones come in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.engines import cpu_torch

LABELS = {0: "person", 1: "dog", 2: "sofa", 3: "N/A"}
QUERIES = 5


def make_rtdetr(folder: Path, *, sees: int = 1) -> None:
    """An RT-DETR with one layer, sure of seeing QUERIES times the class `sees` anywhere."""
    cpu_torch.install()
    import torch
    from transformers import (
        RTDetrConfig,
        RTDetrForObjectDetection,
        RTDetrImageProcessor,
        RTDetrResNetConfig,
    )

    eyes = RTDetrResNetConfig(
        embedding_size=8,
        hidden_sizes=[8, 8, 16, 16],
        depths=[1, 1, 1, 1],
        layer_type="basic",
        out_features=["stage2", "stage3", "stage4"],
    )
    config = RTDetrConfig(
        backbone_config=eyes,
        encoder_hidden_dim=16,
        encoder_in_channels=[8, 16, 16],
        encoder_ffn_dim=16,
        encoder_attention_heads=2,
        encoder_layers=1,
        hidden_expansion=0.5,
        d_model=16,
        num_queries=QUERIES,
        decoder_in_channels=[16, 16, 16],
        decoder_ffn_dim=16,
        decoder_attention_heads=2,
        decoder_layers=1,
        id2label=LABELS,
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = RTDetrForObjectDetection(config)
    for head in model.model.decoder.class_embed:
        _prefer(head, sees)
    model.save_pretrained(folder)
    RTDetrImageProcessor(size={"height": 64, "width": 64}).save_pretrained(folder)


def make_yolos(folder: Path, *, sees: int = 1) -> None:
    """A YOLOS with one layer, sure of seeing QUERIES times the class `sees` anywhere."""
    cpu_torch.install()
    import torch
    from transformers import YolosConfig, YolosForObjectDetection, YolosImageProcessor

    config = YolosConfig(
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        image_size=[64, 64],
        num_detection_tokens=QUERIES,
        id2label=LABELS,
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = YolosForObjectDetection(config)
    _prefer(model.class_labels_classifier.layers[-1], sees)
    model.save_pretrained(folder)
    size = {"shortest_edge": 64, "longest_edge": 96}
    YolosImageProcessor(size=size).save_pretrained(folder)


def _prefer(head: Any, sees: int) -> None:
    """Make a layer that scores classes sure of one of them: 0.99 and more."""
    head.weight.data *= 0.01
    head.bias.data[:] = -6
    head.bias.data[sees] = 6


def make_yunet(folder: Path) -> None:
    """A network of YuNet's inputs and outputs that takes a blue square of 32 pixels for a face.

    Its box is half as large again round the middle of the square, which must lie on the grid of its
    coarsest outputs. It looks at colour alone.
    """
    import numpy as np
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    nodes, constants, outputs = [], {}, []
    for stride in (8, 16, 32):
        pooled = f"pooled_{stride}"
        nodes.append(
            helper.make_node(
                "AveragePool", ["input"], [pooled], kernel_shape=[stride] * 2, strides=[stride] * 2
            )
        )
        for name, size in (("cls", 1), ("obj", 1), ("bbox", 4), ("kps", 10)):
            weight, bias = np.zeros((size, 3, 1, 1), np.float32), np.zeros(size, np.float32)
            if stride == 32 and size == 1:
                weight[0, :, 0, 0] = (
                    0.02,
                    -0.02,
                    -0.02,
                )  # blue less green and red, as OpenCV has it
                bias[
                    0
                ] = -2  # pure blue gives 3.1, which counts as 1; nothing grey gives more than 0
            if name == "bbox":
                bias[:] = (0.5, 0.5, np.log(1.5), np.log(1.5))  # in strides: middle, size
            out = f"{name}_{stride}"
            constants |= {f"{out}_weight": weight, f"{out}_bias": bias}
            constants[f"{out}_rows"] = np.array([1, size, -1], np.int64)
            nodes += [
                helper.make_node(
                    "Conv",
                    [pooled, f"{out}_weight", f"{out}_bias"],
                    [f"{out}_map"],
                    kernel_shape=[1, 1],
                ),
                helper.make_node("Reshape", [f"{out}_map", f"{out}_rows"], [f"{out}_list"]),
                helper.make_node("Transpose", [f"{out}_list"], [out], perm=[0, 2, 1]),
            ]
            outputs.append(helper.make_tensor_value_info(out, TensorProto.FLOAT, [1, None, size]))
    graph = helper.make_graph(
        nodes,
        "blue",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, [1, 3, "height", "width"])],
        outputs,
        [numpy_helper.from_array(value, key) for key, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(model)
    folder.mkdir(parents=True)
    onnx.save(model, str(folder / "yunet.onnx"))
