"""The batch's kernel: shows what any kernel shows, is alone, and is gone when it should be."""

import itertools
import json
import os
import re
import signal
import subprocess
import sys
import textwrap
import time

import nbclient
import nbformat
import psutil
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from povlib.report import execution, forks
from povlib.report.execution import Failure
from povlib.report.task import Limits

pytestmark = [
    pytest.mark.notebook,
    pytest.mark.skipif(not forks.can_fork(), reason="no fork on this system"),
]

# What a notebook may do, cell by cell; the last lets an error pass.
CELLS = [
    "import sys, time, warnings\nfrom IPython.display import clear_output, display\n1 + 1",
    "print('written'); display('shown'); print('again'); print('wrong', file=sys.stderr); 'last'",
    "for number in range(20):\n    print('written', number)\n    display(number)",
    "import asyncio\nawait asyncio.sleep(0.01)\nprint('awaited')",
    "%precision 2\n0.123456",
    "!echo said by a command",
    "shown = display('before', display_id='kept')\nshown.update('after')",
    "print('gone')\nclear_output()\nprint('stays')",
    "print('gone')\nclear_output(wait=True)\nprint('stays too')",
    "from threading import Thread\nt = Thread(target=display, args=['there'])\nt.start(); t.join()",
    "import pandas as pd\npd.DataFrame({'of': [1, 2]})",
    "import matplotlib.pyplot as plt\nplt.plot([1, 2]);",
    "%matplotlib inline\n%config InlineBackend.figure_formats = ['svg']\nplt.plot([1, 2]);",
    "warnings.warn('beware')",
    "input('who? ')",
    "len(Out), In[-1], _",
    "1 / 0",
]

BROKEN_OFF = """
import os
pipe = get_ipython().kernel.session._pipe
os.write(pipe.fileno(), (1000).to_bytes(4, "big") + b"x")
os._exit(3)
"""


def _notebook(path, *sources, tags=()):
    cells = [new_code_cell("scenario: str = ''", metadata={"tags": ["parameters"]})]
    cells += [new_code_cell(textwrap.dedent(one), metadata={"tags": tags}) for one in sources]
    nbformat.write(new_notebook(cells=cells), path)
    return path


@pytest.fixture
def run(tmp_path):
    """Run cells as the batch does; give the notebook or the failure."""

    def run_cells(*sources, tags=(), **limits):
        folder = tmp_path / f"run{len(list(tmp_path.iterdir()))}" / "report"
        folder.mkdir(parents=True)
        path = _notebook(folder.parent / "in.ipynb", *sources, tags=tags)
        bounds = Limits(**{"seconds": 30, "memory": 2000, "output": 20} | limits)
        return execution.run(path, {"scenario": "x"}, folder=folder, limits=bounds)

    return run_cells


def _said(made):
    """What our first cell writes; the parameters, as written and as given, come before."""
    return "".join(one.get("text", "") for one in made.cells[2].outputs)


def _comparable(outputs):
    """Outputs without what differs from run to run."""
    # A trace tells files from the working folder, which is not the same.
    short = [one | {"traceback": one.get("traceback", [])[-1:]} for one in outputs]
    shown = [json.dumps(one, sort_keys=True) for one in short]
    # Addresses, names of cells, and what matplotlib's own SVG has of ids and dates.
    return [
        re.sub(
            r"/\S*ipykernel_\S+py|<ipython-input\S+>|0x[0-9a-f]+|#\w+|id=\W*\w+|<dc:date>[^<]*",
            "",
            one,
        )
        for one in shown
    ]


def test_it_shows_what_an_ordinary_kernel_shows(run):
    made = run(*CELLS, tags=["raises-exception"])
    assert not isinstance(made, Failure), made
    ours = made.cells[2:]
    plain = new_notebook(cells=[new_code_cell(one) for one in ("pass", "pass", *CELLS)])
    nbclient.execute(plain, kernel_name="povlib", allow_errors=True)
    assert len(ours) == len(CELLS)
    for one, other in zip(ours, plain.cells[2:], strict=True):
        assert one.outputs
        assert _comparable(one.outputs) == _comparable(other.outputs), one.source


def test_the_notebook_names_its_language_and_holds_no_times(run):
    made = run("1")
    assert made.metadata["language_info"]["name"] == "python"
    assert "execution" not in made.cells[2].metadata
    assert made.cells[2].execution_count == 3


def test_the_same_cells_give_the_same_notebook(run):
    cells = ("import time\nprint('first')\ntime.sleep(0.3)\nprint('then')", *CELLS)
    first, second = (run(*cells, tags=["raises-exception"]).cells[2:] for _ in range(2))
    for one, other in zip(first, second, strict=True):
        if "plt" not in one.source:  # matplotlib's own figures hold ids by chance
            assert one.outputs == other.outputs


def test_nothing_reaches_the_next_kernel_and_its_place_is_its_own(run, tmp_path, monkeypatch):
    monkeypatch.setenv("POVLIB_TEST", "given")
    first = run("import os, pandas\nmine = 1\nos.environ['MINE'] = '1'\npandas.MINE = 1\nprint()")
    ask = """
        import os, pandas, random, tempfile
        print('mine' in globals(), 'MINE' in os.environ, hasattr(pandas, 'MINE'))
        print(os.environ['POVLIB_TEST'], os.getcwd(), tempfile.gettempdir(), os.getpid())
        print(random.random())
    """
    one, other = (_said(run(ask)).splitlines() for _ in range(2))
    assert not isinstance(first, Failure)
    assert one[0] == "False False False"
    given, folder, temporary, pid = one[1].split()
    assert given == "given"
    assert folder.startswith(str(tmp_path))
    assert temporary == folder.replace("report", "tmp")
    assert int(pid) != os.getpid()
    assert one[2] != other[2]


def test_it_listens_nowhere(run):
    ask = """
        import psutil
        every = psutil.Process().net_connections("all")
        print([(one.laddr, one.status) for one in every if one.laddr or one.status == "LISTEN"])
    """
    assert _said(run(ask)) == "[]\n"


def test_what_is_written_below_python_goes_to_the_log(run, tmp_path):
    made = run("""
        import os, subprocess, sys, warnings
        subprocess.run(["echo", "of a command"])
        warnings.simplefilter("ignore")  # that it has threads: the child only writes
        child = os.fork()
        if not child:
            print("of a child", flush=True)
            os._exit(0)
        os.waitpid(child, 0)
        print("of the notebook")
    """)
    (log,) = tmp_path.rglob("kernel.log")
    assert _said(made) == "of the notebook\n"
    assert log.read_text().splitlines() == ["of a command", "of a child"]


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("exit()", "died"),
        # Its child holds the pipe open.
        ("import os, time\nos.fork() and os._exit(3)\ntime.sleep(60)", "died"),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", "died"),
        # In the midst of a message.
        (BROKEN_OFF, "died"),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGINT)", "error"),
        ("print('x' * 3_000_000)", "output"),
        ("display({'text/plain': 'x' * 3_000_000}, raw=True)", "output"),
        ("import time\ntime.sleep(60)", "time"),
        ("raise EOFError('of the cell')", "error"),
        ("raise TimeoutError('of the cell')", "error"),
        ("raise OSError(28, 'No space left')", "disk"),
    ],
)
def test_each_end_is_told_from_the_others(run, source, kind):
    found = run(source, "print('after')", seconds=5, output=2)
    assert isinstance(found, Failure)
    assert found.kind == kind


def test_what_is_written_before_a_cell_hangs_is_kept_in_its_order(run, tmp_path):
    hanging = """
        import sys
        for number in range(3):
            print("out", number)
            print("err", number, file=sys.stderr)
        while True: pass
    """
    assert isinstance(run(hanging, seconds=2), Failure)
    (path,) = tmp_path.rglob("report.ipynb")
    outputs = nbformat.read(path, 4).cells[2].outputs
    said = [(one.name, one.text) for one in outputs]
    pairs = [[("stdout", f"out {n}\n"), ("stderr", f"err {n}\n")] for n in range(3)]
    assert said == list(itertools.chain(*pairs))


def test_of_a_long_log_the_end_is_told(run):
    found = run("import os\nos.write(1, b'x' * 10_000 + b'the end')\nos._exit(3)")
    assert (found.kind, len(found.trace)) == ("died", 4000)
    assert found.trace.endswith("xthe end")


def test_what_a_notebook_started_ends_with_it(run):
    made = run("import subprocess\nprint(subprocess.Popen(['sleep', '60']).pid)")
    _wait_for_the_end(int(_said(made)))


def test_it_goes_when_the_process_that_asked_for_it_is_killed(tmp_path):
    _notebook(
        tmp_path / "in.ipynb",
        "import os, pathlib, time\n"
        "pathlib.Path('pid').write_text(str(os.getpid()))\n"
        "time.sleep(60)",
    )
    (tmp_path / "report").mkdir()
    code = f"""
        from pathlib import Path
        from povlib.report import execution
        from povlib.report.task import Limits
        folder = Path({str(tmp_path / "report")!r})
        execution.run(folder.parent / "in.ipynb", {{}}, folder=folder, limits=Limits())
    """
    parent = subprocess.Popen([sys.executable, "-c", textwrap.dedent(code)])
    note = tmp_path / "report" / "pid"
    end = time.monotonic() + 60
    while not (note.is_file() and note.read_text()) and time.monotonic() < end:
        time.sleep(0.05)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    _wait_for_the_end(int(note.read_text()))


def _wait_for_the_end(pid):
    end = time.monotonic() + 20
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < end, f"process {pid} is still there"
        time.sleep(0.05)


def test_where_there_is_no_fork_a_new_process_runs_the_cells(run, monkeypatch, caplog):
    monkeypatch.setattr(forks, "can_fork", lambda: False)
    forks.say_cold.cache_clear()
    made = run(
        "import os\nprint('here', os.getcwd(), os.environ['TMPDIR'])", "%who_ls", seconds=120
    )
    folder = _said(made).split()[1]
    assert _said(made) == f"here {folder} {folder.replace('report', 'tmp')}\n"
    assert "'os'" in made.cells[3].outputs[0].data["text/plain"]
    assert [record.message for record in caplog.records] == [
        "A kernel starts cold, which takes longer: this system has no fork."
    ]


def test_a_server_that_fails_costs_time_but_not_the_report(run, monkeypatch, caplog):
    def fail(_):
        raise EOFError

    monkeypatch.setattr(forks.forkserver, "connect_to_new_process", fail)
    forks.say_cold.cache_clear()
    assert _said(run("print(6 * 7)", seconds=120)) == "42\n"
    assert "the process to fork from failed (it ended)" in caplog.text
