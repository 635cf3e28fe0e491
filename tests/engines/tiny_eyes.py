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
