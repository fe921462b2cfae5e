"""
Debian's Chromium for all tests in a browser, and what pages looked like when last looked at.

Without Chromium the tests are skipped, except in CI, where they are required.
"""

import asyncio
import io
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

CHROMIUM = shutil.which("chromium")
OPTIONS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--font-render-hinting=none", "--disable-lcd-text", "--hide-scrollbars"),
]

REFERENCES = Path(__file__).parent / "references"
SCALE = 4  # pictures are kept small: letters blur, so that their edges do not count
LEVELS = 32  # of 255; a pixel of a small picture that differs by more differs to the eye
SHARE = 0.01  # of the pixels may: another version of the browser sets some lines elsewhere


def pytest_collection_modifyitems(items):
    here = [item for item in items if "browser" in item.path.parts]
    if CHROMIUM is None and os.environ.get("CI"):
        pytest.exit("CI: Chromium is not installed, and the tests in a browser are required", 1)
    if CHROMIUM is None:
        for item in here:
            item.add_marker(pytest.mark.skip(reason="Chromium is not installed"))


@pytest.fixture(scope="session")
def browser_type_launch_args():
    return {"executable_path": CHROMIUM, "args": OPTIONS}


@pytest.fixture
def page(context):
    """A page of the browser; elsewhere in the tests a page is one of a report."""
    return context.new_page()


@pytest.fixture
def quiet(page):
    """A page on which nothing may go wrong: no error on the console, no request beyond files."""
    wrong = []
    page.on("console", lambda message: wrong.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on(
        "request",
        lambda request: request.url.startswith(("file:", "data:")) or wrong.append(request.url),
    )
    yield page
    assert wrong == []


@pytest.fixture
def compare():
    """Hold a screenshot against its reference; with UPDATE_REFERENCES=1 make it the reference."""
    return _compare


def _compare(name, picture):
    """Hold a screenshot against its reference; with UPDATE_REFERENCES=1 make it the reference."""
    full = Image.open(io.BytesIO(picture)).convert("RGB")
    small = full.resize((full.width // SCALE, full.height // SCALE), Image.Resampling.BOX)
    path = REFERENCES / f"{name}.png"
    if os.environ.get("UPDATE_REFERENCES"):
        path.parent.mkdir(exist_ok=True)
        small.save(path, optimize=True)
        return
    if not path.is_file():
        pytest.fail(f"{path.name} is missing: look at the page, then run with UPDATE_REFERENCES=1")
    kept = Image.open(path).convert("RGB")
    assert small.size == kept.size, f"{name}: another size"
    differs = np.abs(np.asarray(small, int) - np.asarray(kept, int)).max(axis=2) > LEVELS
    assert differs.mean() <= SHARE, f"{name}: {differs.mean():.1%} of the picture differ"


@pytest.fixture(scope="session", autouse=True)
def _no_loop_left():
    """Forget an event loop that a test before, in the same process, left marked as running."""
    asyncio._set_running_loop(None)
