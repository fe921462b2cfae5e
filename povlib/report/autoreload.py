"""An extension of the kernel: what is edited in the library counts when a cell is run again."""

import os
from typing import Any


def load_ipython_extension(shell: Any) -> None:
    """
    Turn on IPython's autoreload in a kernel that a Jupyter server started for a person.

    Parameters
    ----------
    shell : InteractiveShell
        The kernel's. A batch starts its kernels without a session: it would only wait.
    """
    if "JPY_SESSION_NAME" in os.environ:
        shell.run_line_magic("load_ext", "autoreload")
        shell.run_line_magic("autoreload", "2")
