"""The tutorial does what it says: its commands print what it quotes."""

import doctest
import re
import shlex
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from povlib import slices
from povlib.cli import app
from povlib.report import language
from povlib.report.page import Page
from povlib.scenario import PARAMS, PROJECT

BLOCK = re.compile(
    r"```(?:\{code-block\} text\n:caption: (?P<file>\S+)\n\n|(?P<kind>console|python)\n)"
    r"(?P<text>.*?)```",
    re.DOTALL,
)
COMMAND = re.compile(r"^\$ povlib (.*)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)


@pytest.mark.notebook
def test_the_commands_of_the_tutorial_print_what_it_quotes(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copy(PARAMS / "own-data.yml", "an-lac.yml")  # as its last step asks
    count = 0
    for block in BLOCK.finditer((PROJECT / "docs" / "tutorial.md").read_text("utf-8")):
        if block["file"]:
            Path(block["file"]).write_text(block["text"], "utf-8")
        elif block["kind"] == "python":
            exec(block["text"], {})
        for command, said in COMMAND.findall(block["text"]):
            run = CliRunner().invoke(app, shlex.split(command), catch_exceptions=False)
            assert (command, run.stdout.replace("\xa0", " ")) == (command, said)
            count += 1
    assert count == 9
    assert len(list(Path("reports").rglob("report.pdf"))) == 5


def test_the_examples_of_the_guides_run(kept):
    page = Page(language.of("en"), slices.read(kept, "01906"))  # as open_page gives it
    found = doctest.testfile(
        str(PROJECT / "docs" / "how-to.md"),
        module_relative=False,
        globs={"page": page, "results": kept},
    )
    assert found.attempted > 10
    assert found.failed == 0
