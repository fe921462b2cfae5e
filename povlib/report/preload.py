"""
What warm kernels and the batch's workers already hold when they are forked.

Imported for its effect alone, in the process that they are forked from. Threads
would not survive the fork, so numerical libraries are told to use one before they
are imported.
"""

import gc
import os
import sys

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")
# The debugger's warning of frozen modules is for cold starts.
os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")
# Before pyplot is first imported, or figures are shown as text.
os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"

# To check addresses, which notebooks do not hold, jsonschema would compile a grammar for 2 s.
sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]

import IPython.core.completerlib
import IPython.core.debugger
import IPython.core.logger
import IPython.core.magics.ast_mod
import IPython.core.magics.execution
import IPython.core.oinspect
import IPython.core.pylabtools
import IPython.extensions.storemagic
import ipykernel.debugger
import ipykernel.kernelapp
import ipykernel.zmqshell
import matplotlib.backends.backend_svg
import matplotlib.pyplot
import matplotlib_inline.backend_inline
import pandas.core.arrays.arrow._arrow_utils
import pandas.core.methods.to_dict
import pandas.core.reshape.reshape
import pyarrow.acero
import pyarrow.dataset
import pyarrow.parquet
import seaborn
import sqlite3
import statsmodels.api
import tornado.platform.asyncio
import zmq.utils.garbage

from povlib.report import batch, drawing, elements, exporters, figures, index, kernel_pipe
from povlib.report import language, pace, page, picker, render, tables, workers
from povlib.report.words import funding, letterhead, narrative, prospects, summary
from povlib.scenario import languages

del sys.modules["rfc3987_syntax"]  # others may want it

# What is looked for or compiled when first used, here once for all kernels.
for code in languages():
    words = language.of(code)
    elements.Prose(f"# {words.month('2026-01')}\n\n- **{words.money(2.5e9)}** *{code}*").html()
    words.percent(0.5), words.points(-0.01), words.date("2026-01-31")
drawing.rehearse()
exporters.style()
exporters.templates().get_template("report.html.j2")

# Children that search all this for garbage would take 0.2 s each, and memory of their own for
# what they share; frames and drawings are made of many small objects.
gc.freeze()
gc.set_threshold(50_000, 20, 50)
