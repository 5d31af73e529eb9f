"""Makes a judged set that every ranker can be measured on: talk of a harbour town."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.store.factories import make_jsonl

HEADER = "query-id\tdoc-id\tgrade\n"
AUTHORS = ("Ann Quist", "Bob Tarr", "Cem Oran", "Dora Lund")
# Three discussions of ten turns each.
THREADS = {
    "Lighthouse": (
        "Who knows when the lighthouse was painted?",
        "It was painted red in spring, by two brothers.",
        "White paint peels off in the salt wind.",
        "The lamp inside still turns at night.",
        "My grandmother kept that lamp for thirty years.",
        "She wrote a diary of every storm.",
        "The diary is in the museum by the market.",
        "The museum opens on Sundays alone.",
        "Bring coins, they take no cards.",
        "Thanks, I will go and see it.",
    ),
    "Ferry": (
        "Does the ferry run in winter?",
        "Twice a day, at eight and at four.",
        "The captain cancels it when the storm flag is up.",
        "I saw the flag on Tuesday and walked home.",
        "A bicycle costs extra on the ferry.",
        "Dogs are free, and so are kites.",
        "The four o'clock ferry was late again.",
        "They mended the engine at Easter.",
        "The new engine is louder than the gulls.",
        "I sleep through both.",
    ),
    "Cooking": (
        "What do you cook with smoked herring?",
        "Potatoes, dill, and a little cream.",
        "Dora's soup is the best I had on this coast.",
        "The soup needs a whole night on the stove.",
        "I bake bread with seaweed.",
        "Seaweed from the harbour wall? It tastes of diesel.",
        "From the north beach, where nobody moors.",
        "My oven is broken, so I fry the bread.",
        "Fried bread and herring, every Friday.",
        "On Saturday there is pancake day at the pier.",
    ),
}
QUERIES: tuple[dict[str, Any], ...] = (
    {"id": "q1", "text": "When was the lighthouse painted?", "opener": "l0"},
    {"id": "q2", "text": "What did Ann Quist say about the diary?"},
    {"id": "q3", "text": "ferry in winter", "exclude": ["f0", "f6"]},
    {"id": "q4", "text": "storm"},
    {"id": "q5", "text": "How do you make soup? I have herring and a stove."},
    {"id": "q6", "text": "seaweed bread"},
    {"id": "q7", "text": "museum opening times"},
    # Nobody judged it.
    {"id": "q8", "text": "pancakes at the pier"},
)
GRADES = (
    ("q1", "l1", 2),
    ("q1", "l2", 1),
    ("q2", "l5", 1),
    ("q2", "l6", 1),
    ("q3", "f1", 2),
    ("q3", "f4", 0),
    ("q4", "l5", 1),
    ("q4", "f2", 2),
    ("q5", "c2", 1),
    ("q5", "c3", 2),
    ("q6", "c4", 2),
    ("q6", "c5", 1),
    ("q6", "c7", 1),
    ("q7", "l7", 2),
)
JUDGED = 7


def make_records() -> list[dict[str, Any]]:
    return [
        {
            "id": f"{title[0].lower()}{turn}",
            "text": text,
            "author": AUTHORS[(turn * 3 + number) % len(AUTHORS)],
            "thread": f"t{number}",
            "title": title,
            "seq": turn,
        }
        for number, (title, texts) in enumerate(THREADS.items())
        for turn, text in enumerate(texts)
    ]


def write_judged_set(
    folder: Path, records: Sequence[dict[str, Any]] | None = None, grades: Sequence[tuple[str, str, int]] = GRADES
) -> Path:
    """Write the set, or the same questions over other comments or with other grades."""
    folder.mkdir(parents=True)
    comments = make_records() if records is None else records
    lines = "".join(f"{query}\t{comment}\t{grade}\n" for query, comment, grade in grades)
    (folder / "corpus.jsonl").write_text(make_jsonl(*comments), encoding="utf-8")
    (folder / "queries.jsonl").write_text(make_jsonl(*QUERIES), encoding="utf-8")
    (folder / "qrels.tsv").write_text(HEADER + lines, encoding="utf-8")
    return folder
