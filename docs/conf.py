"""How Sphinx builds the documentation: `make docs`."""

import sys
from importlib import metadata
from pathlib import Path

from sphinx.application import Sphinx

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

import generate  # noqa: E402 - a neighbour of this file

project = "povlib"
author = "povlib developers"
copyright = author  # noqa: A001 - Sphinx's name for it
release = metadata.version("povlib")
extensions = ["myst_parser", "sphinx.ext.autodoc", "numpydoc"]
exclude_patterns = ["_build", "generated/figures", "conf.py"]
html_theme = "furo"
html_title = "povlib"
myst_heading_anchors = 3
myst_enable_extensions = ["dollarmath"]
numpydoc_class_members_toctree = False
numpydoc_show_class_members = False
autodoc_typehints = "none"  # types stand in the docstrings, with shapes and units
autodoc_member_order = "bysource"


def setup(app: Sphinx) -> None:
    """Make the pages and pictures that come from the library itself."""
    app.connect("builder-inited", lambda _: generate.write(HERE / "generated"))
