"""JupyterLab as a researcher meets it: `povlib lab` in a real browser."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import expect

from povlib.report import annexes

TOKEN = "for-this-test"
SECONDS = 60_000  # milliseconds; they only end a test that fails

pytestmark = pytest.mark.notebook


@pytest.fixture
def lab(kept, tmp_path):
    """The address of `povlib lab` on a copy of notebook 02 that reads the small scenario."""
    [source] = [path for path in annexes.NOTEBOOKS if path.name.startswith("02")]
    notebook = nbformat.read(source, as_version=4)
    [cell] = [one for one in notebook.cells if "parameters" in one.metadata.get("tags", [])]
    cell.source = cell.source.replace('"thai-nguyen"', repr(str(kept.parent)))
    cell.source = cell.source.replace('"vi"', '"en"')
    nbformat.write(notebook, tmp_path / source.name)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    own = ["--no-browser", f"--ServerApp.port={port}", f"--IdentityProvider.token={TOKEN}"]
    command = [sys.executable, "-m", "povlib", "lab", "--folder", str(tmp_path), *own]
    folders = {"JUPYTER_CONFIG_DIR": tmp_path / "config", "JUPYTERLAB_SETTINGS_DIR": tmp_path}
    env = os.environ | {name: str(path) for name, path in folders.items()}
    with (tmp_path / "log").open("w") as log:
        server = subprocess.Popen(
            [*command, "--ServerApp.allow_root=True"], env=env, stdout=log, stderr=log
        )
        _wait_for(server, f"http://127.0.0.1:{port}/api", tmp_path / "log")
        yield f"http://127.0.0.1:{port}/lab/tree/{source.name}?token={TOKEN}"
        server.terminate()
        server.wait(30)


def _wait_for(server, address, log):
    while server.poll() is None:
        try:
            urllib.request.urlopen(address)
        except OSError:
            time.sleep(0.2)
        else:
            return
    pytest.fail(Path(log).read_text())


@pytest.fixture
def page(new_context):
    """A page of Chromium that is given time."""
    page = new_context(viewport={"width": 1200, "height": 900}).new_page()
    page.set_default_timeout(SECONDS)
    expect.set_options(timeout=SECONDS)
    yield page
    expect.set_options(timeout=5_000)


def _run_all(page):
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()


def test_a_researcher_picks_a_commune_runs_all_and_sees_its_figure(lab, page):
    page.goto(lab)
    expect(page.get_by_role("button", name="povlib | Idle")).to_be_visible()
    _run_all(page)
    figure = page.locator("figure").filter(has_text="the way to 2030")
    expect(figure).to_contain_text("Đức Xuân ward")  # the first
    page.locator(".jp-Cell select").select_option(label="Ba Bể commune (01906)")
    _run_all(page)
    expect(figure).to_contain_text("Ba Bể commune")
    drawing = figure.locator("svg[role=img]")
    drawing.scroll_into_view_if_needed()
    assert drawing.bounding_box()["width"] > 300
    assert drawing.locator("path").count() > 10
