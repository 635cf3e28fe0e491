"""Tiny models with random weights, of the real classes, in folders as the real ones come in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from tests.engines import cpu_torch

_LETTERS = "abcdefghijklmnopqrstuvwxyz.,!?'"
_WORDS = "a man walks into a dark room and opens the door"


def make_xtts(folder: Path) -> None:
    """An XTTS with two layers; it babbles, for as long as it would."""
    cpu_torch.install()
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers
    from TTS.tts.configs.xtts_config import XttsConfig
    from TTS.tts.models.xtts import Xtts, XttsArgs

    folder.mkdir(parents=True)
    config = XttsConfig()
    tokens = Tokenizer(models.BPE(unk_token="[UNK]"))  # noqa: S106  # no password
    tokens.pre_tokenizer = pre_tokenizers.Whitespace()
    special = ["[STOP]", "[UNK]", "[SPACE]", *(f"[{one}]" for one in config.languages), "[START]"]
    trainer = trainers.BpeTrainer(
        vocab_size=200, special_tokens=special, show_progress=False, initial_alphabet=list(_LETTERS)
    )
    tokens.train_from_iterator([_WORDS] * 5, trainer)
    tokens.save(str(folder / "vocab.json"))
    config.model_args = XttsArgs(
        gpt_layers=2,
        gpt_n_model_channels=64,
        gpt_n_heads=2,
        gpt_use_perceiver_resampler=True,
        decoder_input_dim=64,
        gpt_max_audio_tokens=46,
        gpt_max_text_tokens=400,
        gpt_num_audio_tokens=66,
        gpt_start_audio_token=64,
        gpt_stop_audio_token=65,
        gpt_number_text_tokens=tokens.get_vocab_size(),
        tokenizer_file=str(folder / "vocab.json"),
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = Xtts(config)
        # random weights whisper: louder, so that tests can tell sound from silence
        model.hifigan_decoder.waveform_decoder.conv_post.weight.data *= 20
        # and would stop anywhere
        model.gpt.mel_head.bias.data[model.args.gpt_stop_audio_token] = -100
    torch.save({"model": model.state_dict()}, folder / "model.pth")
    config.save_json(str(folder / "config.json"))


def make_piper(folder: Path, name: str, language: str) -> None:
    """A voice that hums as its phonemes choose: a network of the form that piper's voices have."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper
    from piper.phoneme_ids import DEFAULT_PHONEME_ID_MAP

    rate, hop, symbols = 22_050, 512, 256
    draw = np.random.default_rng(3)
    constants = {
        "loudness": draw.uniform(0.1, 0.9, (symbols,)).astype(np.float32),
        "one": np.array([1], np.int64),
        "per_id": np.array([hop], np.float32),
        "as_row": np.array([1, 1, -1], np.int64),
        "as_sound": np.array([1, 1, 1, -1], np.int64),
        "zero": np.array(0, np.int64),
        "step": np.array(1, np.int64),
        "last": np.array([2], np.int64),
        "turn": np.array(2 * np.pi * 180 / rate, np.float32),
        "ones": np.array([1.0, 1.0], np.float32),
        "nothing": np.zeros(0, np.float32),
    }
    nodes = [
        helper.make_node("Gather", ["loudness", "input"], ["chosen"]),
        helper.make_node("Reshape", ["chosen", "as_row"], ["row"]),
        helper.make_node("Gather", ["scales", "one"], ["pace"]),
        helper.make_node("Mul", ["pace", "per_id"], ["factor"]),
        helper.make_node("Concat", ["ones", "factor"], ["factors"], axis=0),
        helper.make_node("Resize", ["row", "nothing", "factors"], ["curve"], mode="linear"),
        helper.make_node("Shape", ["curve"], ["shape"]),
        helper.make_node("Gather", ["shape", "last"], ["length"]),
        helper.make_node("Squeeze", ["length"], ["count"]),
        helper.make_node("Range", ["zero", "count", "step"], ["index"]),
        helper.make_node("Cast", ["index"], ["time"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["time", "turn"], ["phase"]),
        helper.make_node("Sin", ["phase"], ["tone"]),
        helper.make_node("Mul", ["curve", "tone"], ["hummed"]),
        helper.make_node("Reshape", ["hummed", "as_sound"], ["output"]),
    ]
    graph = helper.make_graph(
        nodes,
        "hum",
        [
            helper.make_tensor_value_info("input", TensorProto.INT64, [1, "ids"]),
            helper.make_tensor_value_info("input_lengths", TensorProto.INT64, [1]),
            helper.make_tensor_value_info("scales", TensorProto.FLOAT, [3]),
        ],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, [1, 1, 1, "samples"])],
        [numpy_helper.from_array(value, key) for key, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    folder.mkdir(parents=True)
    onnx.save(model, str(folder / f"{name}.onnx"))
    said = {
        "audio": {"sample_rate": rate},
        "espeak": {"voice": "en-us"},
        "language": {"code": language},
        "phoneme_type": "espeak",
        "num_symbols": symbols,
        "num_speakers": 1,
        "inference": {"noise_scale": 0.667, "length_scale": 1.0, "noise_w": 0.8},
        "phoneme_id_map": DEFAULT_PHONEME_ID_MAP,
    }
    papers = folder / f"{name}.onnx.json"
    papers.write_text(json.dumps(said, ensure_ascii=False), encoding="utf-8")


_TEMPLATE = (
    "{% for m in messages %}{{ m['role'] }}: {% for p in m['content'] %}"
    "{% if p['type'] == 'image' %}<image>{% else %}{{ p['text'] }}{% endif %}"
    "{% endfor %}\n{% endfor %}{% if add_generation_prompt %}assistant: {% endif %}"
)


def make_llava(folder: Path) -> None:
    """A LLaVA with two layers and a chat template; it babbles."""
    cpu_torch.install()
    import torch
    from transformers import (
        CLIPImageProcessor,
        LlavaConfig,
        LlavaForConditionalGeneration,
        LlavaProcessor,
    )

    words = _words()
    config = LlavaConfig(
        vision_config=_eyes(),
        text_config=_mouth(len(words)),
        image_token_index=words.convert_tokens_to_ids("<image>"),
        image_seq_length=4,
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        LlavaForConditionalGeneration(config).save_pretrained(folder)
    LlavaProcessor(
        image_processor=CLIPImageProcessor(**_SIZE),
        tokenizer=words,
        chat_template=_TEMPLATE,
        **_PATCHES,
    ).save_pretrained(folder)


def make_video_llava(folder: Path) -> None:
    """A Video-LLaVA with two layers; like the real one it comes without a chat template."""
    cpu_torch.install()
    import torch
    from transformers import (
        VideoLlavaConfig,
        VideoLlavaForConditionalGeneration,
        VideoLlavaImageProcessor,
        VideoLlavaProcessor,
        VideoLlavaVideoProcessor,
    )

    words = _words()
    config = VideoLlavaConfig(
        vision_config=_eyes(),
        text_config=_mouth(len(words)),
        image_token_index=words.convert_tokens_to_ids("<image>"),
        video_token_index=words.convert_tokens_to_ids("<video>"),
        image_seq_length=4,
        video_seq_length=5 * 8,
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        VideoLlavaForConditionalGeneration(config).save_pretrained(folder)
    VideoLlavaProcessor(
        image_processor=VideoLlavaImageProcessor(**_SIZE),
        video_processor=VideoLlavaVideoProcessor(**_SIZE),
        tokenizer=words,
        **_PATCHES,
    ).save_pretrained(folder)


def make_phi(folder: Path, seed: int = 0) -> None:
    """A phi with two layers, of phi-2's classes; it babbles."""
    cpu_torch.install()
    import torch
    from transformers import PhiConfig, PhiForCausalLM

    words = _words()
    config = PhiConfig(
        vocab_size=len(words),
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        max_position_embeddings=512,
        partial_rotary_factor=0.5,
        initializer_range=0.1,  # else its words lie too near together to be told apart
        resid_pdrop=0.1,  # as phi-2 has it: what is dropped must be the same after a stop
        bos_token_id=1,
        eos_token_id=2,
        pad_token_id=3,
    )
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        PhiForCausalLM(config).save_pretrained(folder)
    words.save_pretrained(folder)


LANGUAGES = ("en", "de", "fr", "pt", "zh")
"""What the tiny translation models know."""

_FLORES = ("eng_Latn", "deu_Latn", "fra_Latn", "por_Latn", "zho_Hans", "zho_Hant")


def make_marian(folder: Path, *, marks: tuple[str, ...] = ()) -> None:
    """A Marian from English into German, or into the languages of `marks`; it babbles."""
    cpu_torch.install()
    from transformers import MarianConfig, MarianMTModel, MarianTokenizer

    folder.mkdir(parents=True)
    pieces = _make_pieces(folder / "source.spm")
    (folder / "target.spm").write_bytes((folder / "source.spm").read_bytes())
    known = ["</s>", "<unk>", *(f">>{one}<<" for one in marks), *pieces, "<pad>"]
    vocabulary = {piece: at for at, piece in enumerate(dict.fromkeys(known))}
    (folder / "vocab.json").write_text(json.dumps(vocabulary), encoding="utf-8")
    words = MarianTokenizer(
        str(folder / "source.spm"),
        str(folder / "target.spm"),
        str(folder / "vocab.json"),
        source_lang="en",
        target_lang="mul" if marks else "de",
    )
    words.save_pretrained(folder)
    padding = vocabulary["<pad>"]
    config = MarianConfig(
        **_translator_size(len(vocabulary)),
        pad_token_id=padding,
        eos_token_id=0,
        decoder_start_token_id=padding,
        forced_eos_token_id=0,
    )
    _save(MarianMTModel, config, folder)


def make_m2m(folder: Path) -> None:
    """An M2M-100 with two layers; it babbles."""
    cpu_torch.install()
    from transformers import M2M100Config, M2M100ForConditionalGeneration, M2M100Tokenizer

    folder.mkdir(parents=True)
    pieces = _make_pieces(folder / "sentencepiece.bpe.model")
    known = dict.fromkeys(["<s>", "<pad>", "</s>", "<unk>", *pieces])
    file = folder / "vocab.json"
    file.write_text(json.dumps({piece: at for at, piece in enumerate(known)}), encoding="utf-8")
    words = M2M100Tokenizer(str(file), str(folder / "sentencepiece.bpe.model"), src_lang="en")
    words.save_pretrained(folder)
    size = max(words.lang_token_to_id.values()) + 1
    config = M2M100Config(**_translator_size(size), decoder_start_token_id=2)
    _save(M2M100ForConditionalGeneration, config, folder)


def make_nllb(folder: Path) -> None:
    """An NLLB with two layers; it babbles."""
    cpu_torch.install()
    from transformers import M2M100Config, M2M100ForConditionalGeneration, NllbTokenizer

    known = dict.fromkeys(["<s>", "<pad>", "</s>", "<unk>", "▁", *_LETTERS, *_LETTERS.upper()])
    words = NllbTokenizer(
        vocab={piece: at for at, piece in enumerate(known)},
        merges=[],
        additional_special_tokens=list(_FLORES),
        src_lang="eng_Latn",
    )
    words.save_pretrained(folder)
    config = M2M100Config(**_translator_size(len(words)), decoder_start_token_id=2)
    _save(M2M100ForConditionalGeneration, config, folder)


def make_madlad(folder: Path) -> None:
    """A T5 whose words hold MADLAD's marks of languages; it babbles."""
    cpu_torch.install()
    from transformers import T5Config, T5ForConditionalGeneration, T5Tokenizer

    special = ["<pad>", "</s>", "<unk>"]
    marks = [f"<2{one}>" for one in (*LANGUAGES, "zh_Hant", "iw")]
    pieces = dict.fromkeys(["▁", *_LETTERS, *_LETTERS.upper()])
    scores = [*((one, 0.0) for one in (*special, *marks)), *((one, -3.0) for one in pieces)]
    words = T5Tokenizer(vocab=scores, extra_ids=0)
    words.save_pretrained(folder)
    config = T5Config(
        vocab_size=len(words),
        d_model=32,
        d_kv=8,
        d_ff=64,
        num_layers=2,
        num_heads=4,
        feed_forward_proj="gated-gelu",
        initializer_factor=8.0,
        tie_word_embeddings=False,
        decoder_start_token_id=0,
    )
    _save(T5ForConditionalGeneration, config, folder)


def _make_pieces(file: Path) -> list[str]:
    """Write a sentencepiece model of letters; the pieces in it."""
    import sentencepiece

    with file.open("wb") as stream:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter([_WORDS, _WORDS.upper(), _LETTERS, _LETTERS.upper()] * 5),
            model_writer=stream,
            model_type="char",
            vocab_size=80,
            hard_vocab_limit=False,
            minloglevel=2,
        )
    read = sentencepiece.SentencePieceProcessor(model_file=str(file))
    return [read.id_to_piece(at) for at in range(read.get_piece_size())]


def _translator_size(words: int) -> dict[str, Any]:
    return {
        "vocab_size": words,
        "d_model": 32,
        "encoder_layers": 2,
        "decoder_layers": 2,
        "encoder_attention_heads": 4,
        "decoder_attention_heads": 4,
        "encoder_ffn_dim": 64,
        "decoder_ffn_dim": 64,
        "max_position_embeddings": 256,
        "init_std": 0.3,  # far enough apart that the text has a say in what is babbled
        "tie_word_embeddings": False,
    }


def _save(kind: Any, config: Any, folder: Path) -> None:
    import torch

    with torch.random.fork_rng():
        torch.manual_seed(0)
        kind(config).save_pretrained(folder)


_SIZE: dict[str, Any] = {
    "size": {"shortest_edge": 56},
    "crop_size": {"height": 56, "width": 56},
}
_PATCHES: dict[str, Any] = {
    "patch_size": 28,
    "vision_feature_select_strategy": "default",
    "num_additional_image_tokens": 1,
}


def _words() -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    tokens = Tokenizer(models.BPE(unk_token="<unk>"))  # noqa: S106  # no password
    tokens.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokens.decoder = decoders.ByteLevel()
    special = ["<unk>", "<s>", "</s>", "<pad>", "<image>", "<video>"]
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=special,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokens.train_from_iterator([_WORDS] * 20, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokens,
        unk_token="<unk>",  # noqa: S106
        bos_token="<s>",  # noqa: S106
        eos_token="</s>",  # noqa: S106
        pad_token="<pad>",  # noqa: S106
        additional_special_tokens=special[-2:],
    )


def _eyes() -> Any:
    from transformers import CLIPVisionConfig

    return CLIPVisionConfig(
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        image_size=56,
        patch_size=28,
        projection_dim=32,
    )


def _mouth(words: int) -> Any:
    from transformers import LlamaConfig

    return LlamaConfig(
        vocab_size=words,
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=4096,
        bos_token_id=1,
        eos_token_id=2,
        pad_token_id=3,
    )


def make_whisper(file: Path) -> None:
    """A Whisper of two layers as its own package keeps them; it hears babble."""
    cpu_torch.install()
    import torch
    from whisper.model import ModelDimensions, Whisper

    sizes = ModelDimensions(
        n_mels=80, n_audio_ctx=1500, n_audio_state=64, n_audio_head=2, n_audio_layer=2,
        n_vocab=51865, n_text_ctx=16, n_text_state=64, n_text_head=2, n_text_layer=2,
    )  # fmt: skip
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = Whisper(sizes)
        model.decoder.positional_embedding.data.zero_()  # which is left as the memory was
    # random weights may say nothing at all: one word comes to its mind before all others
    favourite = model.decoder.token_embedding.weight.data[1002]
    model.decoder.ln.bias.data = favourite / favourite.norm() * 2
    file.parent.mkdir(parents=True)
    weights = model.half().state_dict()
    torch.save({"dims": vars(sizes), "model_state_dict": weights}, file)


def make_faster_whisper(folder: Path) -> None:
    """The same kind of model, with few words, as CTranslate2 keeps them."""
    cpu_torch.install()
    import torch
    from ctranslate2.converters import TransformersConverter
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import (
        GenerationConfig,
        PreTrainedTokenizerFast,
        WhisperConfig,
        WhisperForConditionalGeneration,
    )

    words = [f" {one}" for one in (*_WORDS.split(), *_LETTERS)]
    languages = [f"<|{one}|>" for one in ("en", "de", "fr")]
    tasks = [f"<|{one}|>" for one in ("translate", "transcribe", "startoflm", "startofprev")]
    starts = ["<|endoftext|>", "<|startoftranscript|>"]
    special = [*starts, *languages, *tasks, "<|nospeech|>", "<|notimestamps|>"]
    ids = {one: number for number, one in enumerate(dict.fromkeys([*words, *special]))}
    tokens = Tokenizer(models.WordLevel(ids, unk_token=" a"))  # noqa: S106  # no password
    tokens.pre_tokenizer = pre_tokenizers.Metaspace()
    tokens.decoder = decoders.Fuse()
    tokens.add_special_tokens(special)
    source = folder.with_name(f"{folder.name}-source")
    names = {"eos_token": "<|endoftext|>", "unk_token": " a"}
    PreTrainedTokenizerFast(tokenizer_object=tokens, **names).save_pretrained(source)
    end = ids["<|endoftext|>"]
    config = WhisperConfig(
        vocab_size=len(ids) + 1501, d_model=64, encoder_layers=2, decoder_layers=2,
        encoder_attention_heads=2, decoder_attention_heads=2, encoder_ffn_dim=64,
        decoder_ffn_dim=64, eos_token_id=end, bos_token_id=end, pad_token_id=end,
        decoder_start_token_id=end + 1, suppress_tokens=[], begin_suppress_tokens=[end],
    )  # fmt: skip
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = WhisperForConditionalGeneration(config)
    model.generation_config = GenerationConfig(
        suppress_tokens=[], begin_suppress_tokens=[end], eos_token_id=end,
        decoder_start_token_id=end + 1, pad_token_id=end, bos_token_id=end,
    )  # fmt: skip
    model.generation_config.lang_to_id = {one: ids[one] for one in languages}
    model.save_pretrained(source)
    TransformersConverter(str(source), copy_files=["tokenizer.json"]).convert(str(folder))
