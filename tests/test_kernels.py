"""The warm kernel: found, isolated, local, obedient, and gone when it should be."""

import asyncio
import multiprocessing
import os
import signal
import stat
import subprocess
import sys
import textwrap
import time
from multiprocessing import forkserver
from pathlib import Path

import nbclient
import nbformat
import papermill
import psutil
import pytest
from jupyter_client.ioloop import IOLoopKernelManager
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager
from nbclient.exceptions import DeadKernelError
from nbformat.v4 import new_code_cell, new_notebook
from traitlets.config import Config

from povlib.report import forks, kernels

pytestmark = pytest.mark.skipif(not forks.can_fork(), reason="no fork on this system")


def _run(*sources, **options):
    """Run cells in a warm kernel and give the executed notebook."""
    notebook = new_notebook(cells=[new_code_cell(source) for source in sources])
    client = nbclient.NotebookClient(notebook, kernel_name="povlib", **options)
    return client.execute()


def _printed(notebook, cell):
    return "".join(output.text for output in notebook.cells[cell].outputs if "text" in output)


def _is_alive(pid):
    # A dead process stays as a zombie where nobody waits for it.
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def _wait_until(condition, seconds=20):
    """Wait for what another process does; the limit only ends a test that fails."""
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.05)
    return condition()


@pytest.fixture
def manager():
    """A kernel manager of a running warm kernel."""
    own = KernelManager(kernel_name="povlib")
    own.start_kernel()
    yield own
    own.shutdown_kernel(now=True)


@pytest.fixture
def connect():
    """Open a client of a kernel manager's kernel; closed at the end."""
    clients = []

    def open_client(manager):
        client = manager.blocking_client()
        clients.append(client)
        client.start_channels()
        client.wait_for_ready(timeout=30)
        return client

    yield open_client
    for client in clients:
        client.stop_channels()


def _ask(client, source):
    """Run a cell and give what it prints."""
    texts = []

    def keep(message):
        texts.append(message["content"].get("text", ""))

    client.execute_interactive(source, timeout=30, output_hook=keep)
    return "".join(texts).strip()


def test_the_kernelspec_is_installed_with_the_package():
    spec = KernelSpecManager().get_kernel_spec("povlib")
    assert spec.metadata["kernel_provisioner"]["provisioner_name"] == "povlib-warm"


@pytest.mark.notebook
def test_papermill_runs_a_notebook_with_real_figures(tmp_path):
    plots = [
        "import matplotlib.pyplot as plt\nplt.plot([1, 2]);",
        "import seaborn as sns\nsns.lineplot(x=[1, 2], y=[2, 3]);",
        "%matplotlib inline\n%config InlineBackend.figure_formats = ['svg']\nplt.plot([1, 2]);",
    ]
    notebook = new_notebook(cells=[new_code_cell(plot) for plot in plots])
    notebook.metadata.kernelspec = {
        "name": "povlib",
        "display_name": "povlib",
        "language": "python",
    }
    nbformat.write(notebook, tmp_path / "in.ipynb")
    papermill.execute_notebook(
        str(tmp_path / "in.ipynb"), str(tmp_path / "out.ipynb"), progress_bar=False
    )
    outputs = [cell.outputs for cell in nbformat.read(tmp_path / "out.ipynb", 4).cells]
    assert [len(cell) for cell in outputs] == [1, 1, 1]
    kinds = ["image/png", "image/png", "image/svg+xml"]
    assert all(kind in cell[0].data for kind, cell in zip(kinds, outputs, strict=True))


@pytest.mark.notebook
def test_a_kernel_holds_the_imports_already_and_random_numbers_of_its_own():
    code = (
        "import gc, sys, random\n"
        "held = 'seaborn' in sys.modules and gc.get_freeze_count() > 100_000\n"
        "import numpy\n"
        "print(held, random.random(), numpy.random.random())"
    )
    first, second = _printed(_run(code), 0).split(), _printed(_run(code), 0).split()
    assert first[0] == second[0] == "True"
    assert first[1] != second[1]
    assert first[2] != second[2]


@pytest.mark.notebook
def test_a_data_set_is_read_in_a_kernel_as_elsewhere(tmp_path):
    path = tmp_path / "own.csv"
    path.write_text(
        "area_code,name,year,households,poor_households\n01,Ba Bể,2024,100,20\n", "utf-8"
    )
    code = (
        "import pathlib, povlib\n"
        "settings = povlib.scenario.DataSettings(path='own')\n"
        f"data = povlib.dataset.load(pathlib.Path({str(path)!r}), settings=settings)\n"
        "print(data.review['poor_households'].sum())"
    )
    assert _printed(_run(code), 0).strip() == "20"


@pytest.mark.notebook
def test_nothing_that_a_kernel_does_reaches_the_next():
    _run("import os, pandas\nmine = 1\nos.environ['MINE'] = '1'\npandas.MINE = 1")
    ask = "print('mine' in globals(), 'MINE' in os.environ, hasattr(pandas, 'MINE'))"
    ask = f"import os, pandas\n{ask}"
    assert _printed(_run(ask), 0).split() == ["False", "False", "False"]


@pytest.mark.notebook
def test_environment_and_folder_are_those_given(tmp_path, monkeypatch):
    monkeypatch.setenv("POVLIB_TEST", "given")
    code = "import os\nprint(os.environ['POVLIB_TEST'], os.getcwd())"
    run = _run(code, resources={"metadata": {"path": str(tmp_path)}})
    assert _printed(run, 0).split() == ["given", str(tmp_path)]


@pytest.mark.notebook
def test_a_kernel_is_placed_as_an_ordinary_one(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "/of/the/kernel")
    monkeypatch.setattr(sys, "path", ["/of/the/parent", *sys.path])
    code = (
        "import multiprocessing, os, sys\n"
        "print(sys.path[:2], '/of/the/parent' in sys.path)\n"
        "print(sys.argv[:2], multiprocessing.current_process().name)\n"
        "print(os.getpid() == os.getpgid(0), os.environ['JPY_PARENT_PID'])"
    )
    path, arguments, process = _printed(_run(code), 0).splitlines()
    assert path == "['', '/of/the/kernel'] False"
    assert arguments == "['ipykernel_launcher', '-f'] MainProcess"
    assert process == f"True {os.getpid()}"


@pytest.mark.notebook
def test_what_a_notebook_left_to_its_end_is_done(tmp_path):
    note = tmp_path / "note"
    _run(
        "import atexit, pathlib, tempfile\n"
        "folder = tempfile.TemporaryDirectory()\n"
        f"atexit.register(pathlib.Path({str(note)!r}).write_text, folder.name)"
    )
    assert _wait_until(lambda: note.is_file() and note.read_text())
    assert _wait_until(lambda: not Path(note.read_text()).exists())


@pytest.mark.notebook
def test_output_below_python_goes_to_the_stream_given(tmp_path, connect):
    with (tmp_path / "out").open("wb") as out:
        own = KernelManager(kernel_name="povlib")
        own.start_kernel(stdout=out, stderr=subprocess.DEVNULL)
        _ask(connect(own), "import sys; print('below', file=sys.__stdout__, flush=True)")
        own.shutdown_kernel(now=True)
    assert "below" in (tmp_path / "out").read_text()


@pytest.mark.notebook
def test_povlib_is_imported_anew_once_a_file_of_it_has_changed():
    # In a kernel of its own, as if the files had been read before they were written.
    code = (
        "import sys\n"
        "from povlib.report import figures, forks\n"
        "for read in (float('inf'), 0):\n"
        "    forks._READ = read\n"
        "    forks._forget_changed()\n"
        "    print('povlib.report.figures' in sys.modules)"
    )
    assert _printed(_run(code), 0).split() == ["True", "False"]


@pytest.mark.notebook
def test_workers_share_the_process_to_fork_from():
    # A pool's workers are daemons, which Python allows no children of their own.
    forks.warm_up()
    notebook = new_notebook(cells=[new_code_cell("import os; print(os.getppid())")])
    with multiprocessing.get_context("forkserver").Pool(1) as pool:
        executed = pool.apply(nbclient.execute, (notebook,), {"kernel_name": "povlib"})
        pool.close()
        pool.join()
    assert _printed(executed, 0) == f"{forkserver._forkserver._forkserver_pid}\n"


@pytest.mark.notebook
def test_messages_go_through_local_sockets_of_the_owner_alone(manager):
    assert manager.transport == "ipc"
    sockets = Path(manager.ip).parent
    assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
    assert stat.S_IMODE(Path(manager.connection_file).stat().st_mode) == 0o600
    manager.shutdown_kernel(now=True)
    assert not sockets.exists()


@pytest.mark.notebook
def test_a_deep_temporary_folder_is_no_obstacle(tmp_path, monkeypatch):
    deep = tmp_path / ("d" * 90)
    deep.mkdir()
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(deep))
    monkeypatch.setattr("tempfile.tempdir", str(deep))
    assert _printed(_run("print(6 * 7)"), 0) == "42\n"


@pytest.mark.notebook
def test_an_interrupt_stops_the_cell_and_not_the_kernel():
    run = _run(
        "while True: pass", "print('alive')", timeout=1, interrupt_on_timeout=True,
        allow_errors=True,
    )  # fmt: skip
    assert run.cells[0].outputs[0].ename == "KeyboardInterrupt"
    assert _printed(run, 1) == "alive\n"


@pytest.mark.notebook
def test_a_kernel_that_dies_is_reported_as_dead_and_leaves_no_zombie(tmp_path):
    note = tmp_path / "pid"
    with pytest.raises(DeadKernelError):
        _run(
            "import os, pathlib, signal\n"
            f"pathlib.Path({str(note)!r}).write_text(str(os.getpid()))\n"
            "os.kill(os.getpid(), signal.SIGKILL)"
        )
    assert _wait_until(lambda: not psutil.pid_exists(int(note.read_text())))


@pytest.mark.notebook
def test_a_restarted_kernel_is_fresh(manager, connect):
    before = manager.provisioner.pid
    client = connect(manager)
    _ask(client, "mine = 1")
    client.stop_channels()
    manager.restart_kernel(now=True)
    assert manager.provisioner.pid != before
    assert manager.is_alive()
    assert _ask(connect(manager), "print('mine' in globals())") == "False"
    assert _wait_until(lambda: not psutil.pid_exists(before))


@pytest.mark.notebook
def test_a_manager_that_watches_replaces_a_killed_kernel(connect):
    soon = Config({"KernelRestarter": {"time_to_dead": 0.2}})
    own = IOLoopKernelManager(kernel_name="povlib", config=soon)

    async def kill_and_wait():
        own.start_kernel()
        before = own.provisioner.pid
        os.kill(before, signal.SIGKILL)
        while own.provisioner.pid == before or not own.provisioner.has_process:
            await asyncio.sleep(0.05)

    asyncio.run(asyncio.wait_for(kill_and_wait(), 30))
    assert _ask(connect(own), "print('here')") == "here"
    own.shutdown_kernel(now=True)


@pytest.mark.notebook
def test_a_kernel_goes_when_the_process_that_started_it_is_killed():
    code = """
        import time
        from multiprocessing import forkserver
        from jupyter_client.manager import KernelManager
        from povlib.report import forks, kernels
        forks.PRELOAD = "ipykernel.kernelapp"  # less to wait for; lives and dies the same
        manager = KernelManager(kernel_name="povlib")
        manager.start_kernel()
        client = manager.blocking_client()
        client.start_channels()
        client.wait_for_ready(timeout=60)
        server = forkserver._forkserver._forkserver_pid
        print(manager.provisioner.pid, server, manager.ip, flush=True)
        time.sleep(60)
    """
    parent = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)], stdout=subprocess.PIPE, text=True
    )
    kernel, server, sockets = parent.stdout.readline().split()
    assert _is_alive(int(kernel))
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    assert _wait_until(lambda: not _is_alive(int(kernel)) and not _is_alive(int(server)))
    assert not Path(sockets).parent.exists()


def test_where_there_is_no_fork_the_ordinary_kernel_starts(monkeypatch, caplog):
    monkeypatch.setattr(forks, "can_fork", lambda: False)
    forks.say_cold.cache_clear()

    async def start():
        from jupyter_client.manager import AsyncKernelManager

        own = AsyncKernelManager(kernel_name="povlib")
        await own.start_kernel()
        kind = type(own.provisioner.process)
        await own.shutdown_kernel(now=True)
        return kind, own.transport

    assert asyncio.run(start()) == (subprocess.Popen, "tcp")
    assert [record.message for record in caplog.records] == [
        "A kernel starts cold, which takes longer: this system has no fork."
    ]


@pytest.mark.notebook
def test_a_server_that_fails_costs_time_but_not_the_kernel(monkeypatch, caplog):
    def fail(_):
        raise EOFError

    monkeypatch.setattr(forks.forkserver, "connect_to_new_process", fail)
    forks.say_cold.cache_clear()
    assert _printed(_run("print(6 * 7)"), 0) == "42\n"
    assert "the process to fork from failed (it ended)" in caplog.text


@pytest.mark.parametrize(
    ("command", "streams", "obstacle"),
    [
        ([sys.executable, "-m", "ipykernel_launcher", "-f", "x"], {}, ""),
        (["/other/python", "-m", "ipykernel_launcher"], {}, "its command is not"),
        ([sys.executable, "-m", "ipykernel_launcher"], {"stdout": subprocess.PIPE}, "are piped"),
    ],
)
def test_only_a_plain_kernel_of_this_python_is_forked(command, streams, obstacle):
    found = kernels._obstacle(command, streams)
    assert (obstacle in found) if obstacle else not found
