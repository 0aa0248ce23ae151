"""Finds a Chromium for the page tests: the system's, else Playwright's own. Says plainly when there is none."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find_chromium() -> str | None:
    """The path of a Chromium, None when there is none."""
    for name in NAMES:
        found = shutil.which(name)
        if found:
            return found
    return _playwright_chromium()


def _playwright_chromium() -> str | None:
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  # slow to load, and rarely needed

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def main() -> None:
    """Fetch a browser when there is none. A failure is a failure under CI=true and a sentence elsewhere."""
    if find_chromium():
        return
    subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)
    if find_chromium():
        return
    print("No Chromium was found and none could be fetched: the page tests (marked `browser`) will not run.")
    print("Install it with your system's package manager, for example: apt-get install chromium")
    if os.environ.get("CI") == "true":
        sys.exit(1)


if __name__ == "__main__":
    main()
