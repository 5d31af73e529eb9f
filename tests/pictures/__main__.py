"""Make all pictures of deploy/slack/pictures anew: python -m tests.pictures."""

import json
import sys
import tempfile
from pathlib import Path

from PIL import Image

from embeddings.sentence import DEFAULT_MODEL
from tests.pictures.chromium import INSTALL, browsing, find_chromium
from tests.pictures.page import write_pages
from tests.pictures.scene import WORDS, list_words, take_scene

_FOLDER = Path(__file__).resolve().parents[2] / "deploy" / "slack" / "pictures"
# What does not fit whole into a view that scrolls is not begun.
_CUT = """
for (const body of document.querySelectorAll(".body"))
  for (const block of body.children)
    if (block.getBoundingClientRect().bottom > body.getBoundingClientRect().bottom)
      block.style.visibility = "hidden";
"""


def main() -> None:
    """Make them, and note the words in them."""
    chromium = find_chromium()
    if chromium is None:
        sys.exit(f"cannot make pictures: Chromium is not installed: {INSTALL}")
    with tempfile.TemporaryDirectory() as folder:
        scene = take_scene(Path(folder), DEFAULT_MODEL)
    with browsing(chromium) as page:
        for name, content in write_pages(scene).items():
            path = _FOLDER / f"{name}.png"
            page.set_content(content)
            page.evaluate(_CUT)
            page.locator(".picture").screenshot(path=path)
            Image.open(path).convert("RGB").quantize().save(path, optimize=True)
    WORDS.write_text(json.dumps(list_words(scene), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
