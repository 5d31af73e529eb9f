"""Headless Chromium, as the system has it."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, sync_playwright

INSTALL = "apt-get install chromium-headless-shell fonts-lato fonts-noto-core"
_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
# Twice as many dots as are measured, for screens that show them.
_SCALE = 2


def find_chromium() -> str | None:
    """Find where it is installed; None where it is not."""
    return next(filter(None, map(shutil.which, _NAMES)), None)


@contextmanager
def browsing(chromium: str) -> Iterator[Page]:
    """Open a page that fetches nothing."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium)
        try:
            context = browser.new_context(
                device_scale_factor=_SCALE, offline=True, viewport={"width": 1000, "height": 800}
            )
            yield context.new_page()
        finally:
            browser.close()
