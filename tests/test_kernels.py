"""The warm kernel: found, isolated, local, obedient, and gone when it should be."""

import asyncio
import signal
import stat
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import nbclient
import nbformat
import papermill
import psutil
import pytest
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager
from nbclient.exceptions import DeadKernelError
from nbformat.v4 import new_code_cell, new_notebook

from povlib.report import kernels

pytestmark = pytest.mark.skipif(not kernels.can_fork(), reason="no fork on this system")


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


def test_the_kernelspec_is_installed_with_the_package():
    spec = KernelSpecManager().get_kernel_spec("povlib")
    assert spec.metadata["kernel_provisioner"]["provisioner_name"] == "povlib-warm"


@pytest.mark.notebook
def test_papermill_runs_a_notebook_with_real_figures(tmp_path):
    plot = "import seaborn as sns\nsns.lineplot(x=[1, 2], y=[2, 3]);"
    notebook = new_notebook(cells=[new_code_cell(plot)])
    notebook.metadata.kernelspec = {
        "name": "povlib",
        "display_name": "povlib",
        "language": "python",
    }
    nbformat.write(notebook, tmp_path / "in.ipynb")
    papermill.execute_notebook(
        str(tmp_path / "in.ipynb"), str(tmp_path / "out.ipynb"), progress_bar=False
    )
    (output,) = nbformat.read(tmp_path / "out.ipynb", as_version=4).cells[0].outputs
    assert "image/png" in output.data


@pytest.mark.notebook
def test_a_kernel_holds_the_imports_already_and_random_numbers_of_its_own():
    code = "import sys, random; print('seaborn' in sys.modules, random.random())"
    first, second = _printed(_run(code), 0).split(), _printed(_run(code), 0).split()
    assert first[0] == second[0] == "True"
    assert first[1] != second[1]


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
        "while True: pass", "print('alive')", timeout=2, interrupt_on_timeout=True,
        allow_errors=True,
    )  # fmt: skip
    assert run.cells[0].outputs[0].ename == "KeyboardInterrupt"
    assert _printed(run, 1) == "alive\n"


@pytest.mark.notebook
def test_a_kernel_that_dies_is_reported_as_dead():
    with pytest.raises(DeadKernelError):
        _run("import os, signal; os.kill(os.getpid(), signal.SIGKILL)")


@pytest.mark.notebook
def test_a_restarted_kernel_is_a_new_process(manager):
    before = manager.provisioner.pid
    manager.restart_kernel(now=True)
    assert manager.provisioner.pid != before
    assert manager.is_alive()
    client = manager.blocking_client()
    client.start_channels()
    client.wait_for_ready(timeout=30)
    client.stop_channels()
    assert _wait_until(lambda: not _is_alive(before))


@pytest.mark.notebook
def test_a_kernel_goes_when_the_process_that_started_it_is_killed():
    code = """
        import time
        from jupyter_client.manager import KernelManager
        manager = KernelManager(kernel_name="povlib")
        manager.start_kernel()
        client = manager.blocking_client()
        client.start_channels()
        client.wait_for_ready(timeout=60)
        print(manager.provisioner.pid, flush=True)
        time.sleep(60)
    """
    parent = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)], stdout=subprocess.PIPE, text=True
    )
    kernel = int(parent.stdout.readline())
    assert _is_alive(kernel)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    assert _wait_until(lambda: not _is_alive(kernel))


def test_where_there_is_no_fork_the_ordinary_kernel_starts(monkeypatch):
    monkeypatch.setattr(kernels, "can_fork", lambda: False)

    async def start():
        from jupyter_client.manager import AsyncKernelManager

        own = AsyncKernelManager(kernel_name="povlib")
        await own.start_kernel()
        kind = type(own.provisioner.process)
        await own.shutdown_kernel(now=True)
        return kind, own.transport

    assert asyncio.run(start()) == (subprocess.Popen, "tcp")
