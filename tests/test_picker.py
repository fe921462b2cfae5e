"""The list of communes: there for a person, not for a batch; and edits that count at once."""

import json
import os
import textwrap

import pytest
from jupyter_client.manager import KernelManager

from povlib.report import picker

CELL = "from povlib.report import picker\nprint(picker.choose({kept!r}, '', 'en'))"


@pytest.fixture
def ask():
    """Run cells in one warm kernel, as a person (who can be asked for input) or as a batch."""
    manager = KernelManager(kernel_name="povlib")
    manager.start_kernel(env=os.environ | {"JPY_SESSION_NAME": "of a person"})
    client = manager.blocking_client()
    client.start_channels()
    client.wait_for_ready(timeout=60)

    def run(source, *, person):
        shown = []
        client.execute_interactive(
            textwrap.dedent(source),
            allow_stdin=person,
            timeout=60,
            output_hook=lambda message: shown.append(message["content"]),
        )
        printed = "".join(one.get("text", "") for one in shown).strip()
        widgets = [one for one in shown if "widget-view" in json.dumps(one.get("data", {}))]
        return printed, len(widgets)

    yield run
    client.stop_channels()
    manager.shutdown_kernel(now=True)


@pytest.mark.notebook
def test_a_person_picks_from_a_list_and_the_choice_lasts(ask, kept):
    folder = str(kept.parent)
    choose = CELL.format(kept=folder)
    assert ask(choose, person=False) == ("01840", 0)
    assert ask(choose, person=True) == ("01840", 1)
    ask(f"picker._PICKED[{folder!r}, '01840'] = '01906'", person=True)
    assert ask(choose, person=True) == ("01906", 1)
    # A parameter that is changed by hand comes first again.
    assert ask(choose.replace("''", "'05443'"), person=True) == ("05443", 1)


def test_an_area_that_is_not_there_is_left_to_the_page_to_refuse(kept):
    assert picker.choose(kept.parent, "99999", "vi") == "99999"


@pytest.mark.notebook
def test_an_edited_function_counts_when_its_cell_is_run_again(ask, tmp_path):
    module = tmp_path / "edited.py"
    module.write_text("def word():\n    return 'before'\n")
    cell = "print(edited.word())"
    opened = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import edited; {cell}"
    assert ask(opened, person=True)[0] == "before"
    module.write_text("def word():\n    return 'after the edit'\n")
    assert ask(cell, person=True)[0] == "after the edit"
