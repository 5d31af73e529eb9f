"""`harkback` with an encoder that needs no model, takes its time, and writes down what it embeds: `python -m` runs it.

Named by variables: the file, and the seconds that each call takes.
"""

import os
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.cli.main import main
from embeddings.hashing import HashingEncoder
from store.refresh import indexing

EMBEDDED, SECONDS, SILENT = "TEST_EMBEDDED", "TEST_SECONDS", "TEST_SILENT_SECONDS"
CHUNK, SLICE = 20, 5
_encode = HashingEncoder.encode_comments


def encode_slowly(encoder: HashingEncoder, texts: Sequence[str]) -> NDArray[np.float32]:
    with Path(os.environ[EMBEDDED]).open("a") as file:
        # At once, so that several processes may write there.
        file.write("".join(f"{os.getpid()} {text!r}\n" for text in texts))
    time.sleep(float(os.environ[SECONDS]))
    return _encode(encoder, texts)


if __name__ == "__main__":
    from datetime import timedelta

    from bot import job_queue, jobs, working
    from store.repositories import indexing as portions

    HashingEncoder.encode_comments = encode_slowly  # type: ignore[method-assign]
    indexing.CHUNK_COMMENTS = working.CHUNK_COMMENTS = CHUNK
    indexing._SLICE_TEXTS = SLICE
    indexing._NOTE_SECONDS = 0.5
    job_queue._ROUND_SECONDS = job_queue._BEAT_SECONDS = 0.5
    job_queue._SILENT_SECONDS = float(os.environ[SILENT])
    jobs._FIRST_WAIT = timedelta(seconds=1)
    portions.LEASE = timedelta(seconds=float(os.environ[SILENT]))
    main()
