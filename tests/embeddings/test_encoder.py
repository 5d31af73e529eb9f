"""What every encoder promises, and what each promises besides."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from embeddings.encoder import Encoder, EncoderId
from embeddings.hashing import HashingEncoder
from tests.conftest import LoadedModel

TEXTS = [
    "Unconferences work so well because nobody is above anybody else.",
    "short",
    "",
    "Où est la bibliothèque ? 図書館はどこですか。",
    "The budget for the annual gathering was spent on sandwiches, twice over, and nobody minded. " * 4,
    "🙂",
]
# Powers of two are exact, so rounding cannot hide behind the bound.
UNIT = 2.0**-20


class EncoderContract:
    """Every encoder passes these."""

    @pytest.fixture
    def encoder(self) -> Encoder:
        raise NotImplementedError

    def test_comments_are_unit_float32_rows(self, encoder: Encoder):
        vectors = encoder.encode_comments(TEXTS)

        assert (vectors.shape, vectors.dtype) == ((len(TEXTS), encoder.id.dim), np.float32)
        assert np.abs(np.linalg.norm(vectors, axis=1) - 1).max() < UNIT

    def test_comments_keep_their_order(self, encoder: Encoder):
        texts = TEXTS[:-1]  # the last has no word, as the empty one
        vectors = encoder.encode_comments(texts)
        alone = np.stack([encoder.encode_comments([text])[0] for text in texts])

        assert (vectors @ alone.T).argmax(axis=1).tolist() == list(range(len(texts)))

    def test_no_comments_give_no_rows(self, encoder: Encoder):
        vectors = encoder.encode_comments([])

        assert (vectors.shape, vectors.dtype) == ((0, encoder.id.dim), np.float32)

    def test_question_is_a_unit_float32_vector(self, encoder: Encoder):
        vector = encoder.encode_question("what was said about unconferences?")

        assert (vector.shape, vector.dtype) == ((encoder.id.dim,), np.float32)
        assert abs(float(np.linalg.norm(vector)) - 1) < UNIT

    def test_questions_are_encoded_together_as_alone(self, encoder: Encoder):
        vectors = encoder.encode_questions(TEXTS)
        alone = np.stack([encoder.encode_question(text) for text in TEXTS])

        assert (vectors.shape, vectors.dtype) == ((len(TEXTS), encoder.id.dim), np.float32)
        np.testing.assert_allclose(vectors, alone, atol=1e-5)
        assert encoder.encode_questions([]).shape == (0, encoder.id.dim)

    def test_same_text_gives_the_same_vector(self, encoder: Encoder):
        assert np.array_equal(encoder.encode_comments(TEXTS), encoder.encode_comments(TEXTS))
        assert np.array_equal(encoder.encode_question(TEXTS[0]), encoder.encode_question(TEXTS[0]))

    def test_question_and_comment_of_one_text_are_alike(self, encoder: Encoder):
        question, comment = encoder.encode_question(TEXTS[0]), encoder.encode_comments(TEXTS[:1])[0]

        assert float(question @ comment) > 0.999

    def test_related_text_scores_above_unrelated(self, encoder: Encoder):
        question = encoder.encode_question("unconferences")
        related, unrelated = encoder.encode_comments(["Why unconferences work", "Rain fell on the harbour all night"])

        assert float(question @ unrelated) < encoder.related_similarity <= float(question @ related)

    def test_tokens_are_counted_in_order(self, encoder: Encoder):
        one, two, none = encoder.count_tokens(["bench", "bench bench bench", ""])

        assert none < one < two
        assert encoder.count_tokens([]) == []

    def test_questions_of_many_threads_at_once_are_encoded_alike(self, encoder: Encoder):
        questions = [f"what was said about {'kettles and ' * number} lamps" for number in range(8)]
        alone = np.stack([encoder.encode_question(question) for question in questions])
        with ThreadPoolExecutor(8) as pool:
            for turn in pool.map(lambda _: np.stack([encoder.encode_question(one) for one in questions]), range(8)):
                np.testing.assert_allclose(turn, alone, atol=1e-5)

    def test_overlong_text_is_encoded(self, encoder: Encoder):
        text = "gathering " * (encoder.max_tokens * 3)
        overlong, short, other = encoder.encode_comments([text, "gathering", "Rain fell on the harbour all night"])

        assert encoder.count_tokens([text])[0] > encoder.max_tokens
        assert float(overlong @ short) > float(other @ short)


class TestHashingEncoder(EncoderContract):
    @pytest.fixture
    def encoder(self) -> Encoder:
        return HashingEncoder()

    def test_id_names_the_dimension(self):
        assert HashingEncoder(dim=32).id == EncoderId("hashing", "1", 32, "words")
        assert HashingEncoder(dim=32).id.key == "hashing@1:32:words"

    def test_name_tells_the_dimension_where_it_is_not_the_usual_one(self):
        assert [HashingEncoder().name, HashingEncoder(dim=32).name] == ["hashing", "hashing:32"]

    def test_encoders_made_apart_agree(self):
        assert np.array_equal(HashingEncoder().encode_comments(TEXTS), HashingEncoder().encode_comments(TEXTS))

    def test_endings_and_case_do_not_matter(self):
        plural, singular = HashingEncoder().encode_comments(["Unconferences", "unconference"])

        assert np.array_equal(plural, singular)

    def test_texts_without_words_are_alike(self):
        empty, dots = HashingEncoder().encode_comments(["", "… !"])

        assert np.array_equal(empty, dots)


@pytest.mark.model
@pytest.mark.xdist_group("model")
class TestSentenceEncoder(EncoderContract):
    @pytest.fixture
    def encoder(self, loaded_model: LoadedModel) -> Encoder:
        return loaded_model.encoder

    def test_id_names_the_published_weights(self, encoder: Encoder):
        assert encoder.id == EncoderId("all-MiniLM-L6-v2", "53aa51172d14", 384, "sentence-transformers,256")
        assert encoder.max_tokens == 256
        assert encoder.name == "all-MiniLM-L6-v2"

    def test_loading_looks_up_no_host(self, loaded_model: LoadedModel):
        assert loaded_model.hosts == []

    def test_special_tokens_are_counted(self, encoder: Encoder):
        assert encoder.count_tokens(["bench", ""]) == [3, 2]

    def test_text_beyond_max_tokens_is_not_read(self, encoder: Encoder):
        read = "bench " * (encoder.max_tokens - 2)
        cut, longer = encoder.encode_comments([read, read + "harbour " * 50])

        assert encoder.count_tokens([read]) == [encoder.max_tokens]
        assert float(cut @ longer) == pytest.approx(1, abs=1e-6)

    def test_bfloat16_agrees_with_float32(self, loaded_model: LoadedModel, loaded_bfloat16_model: LoadedModel):
        exact = loaded_model.encoder.encode_comments(TEXTS)
        rounded = loaded_bfloat16_model.encoder.encode_comments(TEXTS)

        assert loaded_bfloat16_model.encoder.id == loaded_model.encoder.id
        assert not np.array_equal(exact, rounded)
        assert float((exact * rounded).sum(axis=1).min()) > 0.9996

    def test_question_is_encoded_with_one_thread_and_comments_with_those_there_are(
        self, loaded_model: LoadedModel, monkeypatch: pytest.MonkeyPatch
    ):
        torch = pytest.importorskip("torch")
        given = torch.get_num_threads()
        threads: list[int] = []
        model = loaded_model.encoder._model
        encode = model.encode

        def note(*texts: object, **how: object) -> object:
            threads.append(torch.get_num_threads())
            return encode(*texts, **how)

        monkeypatch.setattr(model, "encode", note)
        torch.set_num_threads(2)
        try:
            loaded_model.encoder.encode_question("bench")
            loaded_model.encoder.encode_comments(["bench"])
            assert (threads, torch.get_num_threads()) == ([1, 2], 2)
        finally:
            torch.set_num_threads(given)
