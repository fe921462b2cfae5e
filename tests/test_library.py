"""povlib as a library: quick to import, public names, docstrings that keep their rules."""

import importlib
import inspect
import subprocess
import sys

import pytest
from numpydoc.validate import validate

import povlib

# Taken from numpydoc's checks. Left out: those that ask for an extended summary, a "See also"
# or full stops after units in brackets; SS05, which takes "Address" for a third person; and
# PR07 and RT03, since `scenario : Scenario` says all there is to say.
RULES = {
    *("GL01", "GL02", "GL03", "GL05", "GL06", "GL07", "GL08", "GL09", "GL10"),
    *("SS01", "SS02", "SS03", "SS04", "PR01", "PR02", "PR03", "PR04", "PR05", "PR06"),
    *("PR08", "PR10", "RT01", "YD01", "EX01"),
}
# Their examples would run a province: the tutorial and the tests do.
WITHOUT_EXAMPLE = {"povlib.results", "povlib.report.page", "povlib.report.figures"}
WITHOUT_EXAMPLE |= {"povlib.report.batch", "povlib.slices", "povlib.store"}


def _members(module):
    """What a module of its own lets users call."""
    return {
        name: found
        for name, found in vars(module).items()
        if (inspect.isfunction(found) or inspect.isclass(found))
        and not name.startswith("_")
        and found.__module__ == module.__name__
    }


def test_importing_povlib_imports_nothing_else():
    heavy = "{'numpy', 'pandas', 'matplotlib', 'scipy', 'pydantic'}"
    code = f"import sys, povlib; print(sorted({heavy} & set(sys.modules)), 'demo' in dir(povlib))"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout == "[] True\n"


@pytest.mark.parametrize("name", povlib.__all__)
def test_a_public_name_is_the_module_that_its_full_name_gives(name):
    module = getattr(povlib, name)
    assert module is importlib.import_module(module.__name__)
    assert module.__name__.rpartition(".")[2] == name


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match=r"module 'povlib' has no attribute 'trajectories'"):
        getattr(povlib, "trajectories")  # noqa: B009 - as an attribute it would look idle


@pytest.mark.parametrize("name", povlib.__all__)
def test_public_docstrings_keep_the_rules_of_numpydoc(name):
    module = getattr(povlib, name)
    broken = []
    for member, found in _members(module).items():
        rules = RULES - {"EX01"} if module.__name__ in WITHOUT_EXAMPLE else RULES
        if inspect.isclass(found):  # a record's fields are its Attributes
            rules = rules - {"PR01", "EX01"}
        errors = validate(f"{module.__name__}.{member}")["errors"]
        broken += [(member, code, text) for code, text in errors if code in rules]
    assert not broken
