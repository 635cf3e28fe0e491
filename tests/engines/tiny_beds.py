"""Tiny sound-makers with random weights, of the real classes, in folders like the real ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.engines import cpu_torch

RATE = 16_000  # Hz of what they make


def make_musicgen(folder: Path, channels: int = 1, most: int = 150) -> None:
    """A MusicGen with two layers; it makes noises. most: tokens at a time, 50 a second."""
    cpu_torch.install()
    import torch
    from transformers import (
        EncodecConfig,
        EncodecFeatureExtractor,
        MusicgenConfig,
        MusicgenDecoderConfig,
        MusicgenForConditionalGeneration,
        MusicgenProcessor,
        T5Config,
    )

    words = _words()
    books = 2 * channels
    config = MusicgenConfig(
        text_encoder=T5Config(
            vocab_size=len(words), d_model=16, d_kv=8, d_ff=32, num_layers=1, num_heads=2
        ).to_dict(),
        audio_encoder=EncodecConfig(
            sampling_rate=RATE,
            audio_channels=1,
            num_filters=4,
            hidden_size=8,
            codebook_size=32,
            codebook_dim=8,
            upsampling_ratios=[8, 5, 4, 2],
            target_bandwidths=[0.5],
            num_lstm_layers=1,
        ).to_dict(),
        decoder=MusicgenDecoderConfig(
            vocab_size=32,
            hidden_size=16,
            ffn_dim=32,
            num_hidden_layers=2,
            num_attention_heads=2,
            num_codebooks=books,
            audio_channels=channels,
            pad_token_id=32,
            bos_token_id=32,
        ).to_dict(),
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = MusicgenForConditionalGeneration(config)
        # the codec's books are zeros until it is trained, and random weights whisper
        for name, value in model.audio_encoder.named_buffers():
            if name.endswith("codebook.embed"):
                value.copy_(torch.randn_like(value) * 3)
    model.generation_config.max_length = most
    model.generation_config.pad_token_id = model.generation_config.bos_token_id = 32
    model.generation_config.decoder_start_token_id = 32
    model.generation_config.do_sample = True
    model.save_pretrained(folder)
    MusicgenProcessor(
        EncodecFeatureExtractor(feature_size=channels, sampling_rate=RATE), words
    ).save_pretrained(folder)


def make_audioldm(folder: Path) -> None:
    """An AudioLDM with a few channels; it makes noises."""
    cpu_torch.install()
    import torch
    from diffusers import AudioLDMPipeline, AutoencoderKL, DDIMScheduler, UNet2DConditionModel
    from transformers import (
        ClapTextConfig,
        ClapTextModelWithProjection,
        SpeechT5HifiGan,
        SpeechT5HifiGanConfig,
    )

    words = _words()
    words.model_max_length = 48
    with torch.random.fork_rng():
        torch.manual_seed(0)
        pipeline = AudioLDMPipeline(
            unet=UNet2DConditionModel(
                block_out_channels=(8, 16),
                layers_per_block=1,
                norm_num_groups=8,
                sample_size=32,
                in_channels=4,
                out_channels=4,
                down_block_types=("DownBlock2D", "DownBlock2D"),
                up_block_types=("UpBlock2D", "UpBlock2D"),
                mid_block_type=None,
                class_embed_type="simple_projection",
                projection_class_embeddings_input_dim=16,
                class_embeddings_concat=True,
            ),
            scheduler=DDIMScheduler(
                beta_start=0.00085,
                beta_end=0.012,
                beta_schedule="scaled_linear",
                clip_sample=False,
                set_alpha_to_one=False,
            ),
            vae=AutoencoderKL(
                block_out_channels=[8, 16],
                in_channels=1,
                out_channels=1,
                norm_num_groups=8,
                down_block_types=["DownEncoderBlock2D", "DownEncoderBlock2D"],
                up_block_types=["UpDecoderBlock2D", "UpDecoderBlock2D"],
                latent_channels=4,
            ),
            text_encoder=ClapTextModelWithProjection(
                ClapTextConfig(
                    vocab_size=len(words),
                    hidden_size=16,
                    intermediate_size=32,
                    num_attention_heads=2,
                    num_hidden_layers=1,
                    projection_dim=16,
                    max_position_embeddings=64,
                    pad_token_id=3,
                )
            ),
            tokenizer=words,
            vocoder=SpeechT5HifiGan(
                SpeechT5HifiGanConfig(
                    model_in_dim=8,
                    sampling_rate=RATE,
                    upsample_initial_channel=16,
                    upsample_rates=[5, 4, 4, 2],
                    upsample_kernel_sizes=[10, 8, 8, 4],
                    resblock_kernel_sizes=[3],
                    resblock_dilation_sizes=[[1, 3]],
                    normalize_before=False,
                )
            ),
        )
        for weight in pipeline.vocoder.parameters():
            weight.data *= 15  # random weights whisper
    pipeline.save_pretrained(folder)


def _words() -> Any:
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    known = ["<unk>", "<s>", "</s>", "<pad>", "calm", "dark", "bright", "slow", "piano", "wind"]
    tokens = Tokenizer(models.WordLevel({one: at for at, one in enumerate(known)}, "<unk>"))
    tokens.pre_tokenizer = pre_tokenizers.Whitespace()
    return PreTrainedTokenizerFast(
        tokenizer_object=tokens,
        unk_token="<unk>",  # noqa: S106
        bos_token="<s>",  # noqa: S106
        eos_token="</s>",  # noqa: S106
        pad_token="<pad>",  # noqa: S106
    )
