"""The project's files tell one story."""

import ast
import re
import tomllib
from fnmatch import fnmatch
from pathlib import Path

import nbformat
import papermill
import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from povlib.data import tables

ROOT = Path(__file__).resolve().parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
CONDA_NAMES = {"matplotlib": "matplotlib-base", "nbconvert": "nbconvert-core"}


def _requirement(text):
    name, rule = re.fullmatch(r"([A-Za-z0-9_.-]+)(?:\[\w+\])?(.*)", text).groups()
    return re.sub(r"[-_.]+", "-", name).lower(), rule


def test_environment_yml_names_the_packages_of_pyproject_with_the_same_versions():
    wanted = dict(_requirement(line) for line in PYPROJECT["project"]["dependencies"])
    conda = yaml.safe_load((ROOT / "environment.yml").read_text("utf-8"))["dependencies"]
    pip = conda[-1]["pip"]
    assert pip[-1] == "-e ."
    named = dict(_requirement(line) for line in [*conda[:-1], *pip[:-1]])
    named.pop("pip")
    assert named.pop("python") == PYPROJECT["project"]["requires-python"]
    for name, conda_name in CONDA_NAMES.items():
        named[name] = named.pop(conda_name)
    assert named == wanted


def test_the_locks_hold_every_dependency_in_a_version_that_is_asked_for():
    extras = PYPROJECT["project"]["optional-dependencies"]
    wanted = PYPROJECT["project"]["dependencies"] + PYPROJECT["dependency-groups"]["dev"]
    for name, lines in {
        "requirements.lock": [*wanted, *extras["areas"], *extras["docs"]],
        "requirements-peers.lock": extras["peers"],
    }.items():
        lock = (ROOT / name).read_text("utf-8")
        pinned = re.findall(r"^([\w.-]+)==([\w.]+)", lock, re.MULTILINE)
        for requirement in map(Requirement, lines):
            key = canonicalize_name(requirement.name)
            versions = [version for found, version in pinned if canonicalize_name(found) == key]
            assert versions, key
            assert all(requirement.specifier.contains(version) for version in versions), key
        assert "://" not in lock
        assert lock.count("--hash=sha256:") > len(pinned)


def test_the_pythons_that_are_promised_are_told_once():
    least = PYPROJECT["project"]["requires-python"]
    named = [line.rpartition(" ")[2] for line in PYPROJECT["project"]["classifiers"]]
    versions = [name for name in named if re.fullmatch(r"3\.\d+", name)]
    assert f">={versions[0]}" == least
    assert PYPROJECT["tool"]["ruff"]["target-version"] == f"py{versions[0].replace('.', '')}"
    assert f"Python {versions[0]} to {versions[-1]}" in (ROOT / "README.md").read_text("utf-8")


def test_the_citation_names_the_version_and_the_authors_of_pyproject():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    project = PYPROJECT["project"]
    assert citation["version"] == project["version"]
    assert citation["authors"] == project["authors"]
    assert citation["license"] == project["license"]
    assert f"version {project['version']}" in (ROOT / "README.md").read_text("utf-8")


def test_the_picture_of_a_first_page_is_there_and_light():
    picture = ROOT / "docs" / "first-page.png"
    assert f"](docs/{picture.name})" in (ROOT / "README.md").read_text("utf-8")
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert picture.stat().st_size < 200_000


def test_every_module_is_named_in_the_architecture():
    text = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    named = re.findall(r"`([\w*]+)`", text)
    for path in (ROOT / "povlib").rglob("*.py"):
        if not path.stem.startswith("__"):
            assert any(fnmatch(path.stem, pattern) for pattern in named), path.stem


def test_every_column_of_the_tables_is_in_the_nomenclature():
    listed = set(
        re.findall(r"\b[a-z][a-z_]+\b", (ROOT / "docs" / "nomenclature.md").read_text("utf-8"))
    )
    columns = {name for schema in tables.SCHEMAS.values() for name in schema.columns}
    assert columns <= listed


# What belongs into the library: definitions, decisions, loops.
LOGIC = (
    *(ast.FunctionDef, ast.ClassDef, ast.Lambda, ast.For, ast.While, ast.If, ast.IfExp, ast.Try),
    *(ast.With, ast.ListComp, ast.DictComp, ast.SetComp, ast.GeneratorExp),
)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_a_thin_narrative(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    prose = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    assert re.fullmatch(r"\d\d(-[a-z]+)+", path.stem)
    assert re.match(r"# .*\?\n\nDecides ", notebook.cells[0].source)
    assert len(re.findall(r"^# ", prose, re.MULTILINE)) == 1
    assert prose.count("## What this does not show") == 1
    assert len(code) <= 15
    for cell in code:
        assert len(cell.source.splitlines()) <= 8
        assert not cell.outputs
        assert not cell.execution_count
        assert not any(isinstance(node, LOGIC) for node in ast.walk(ast.parse(cell.source)))
        assert not re.search("/(?:home|tmp)/|matplotlib|seaborn|[A-Z]:\\\\", cell.source)
    tags = {tag for cell in notebook.cells for tag in cell.metadata.get("tags", [])}
    assert tags <= {"parameters", "remove-input", "remove-cell"}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_parameters_of_a_notebook_are_literals_with_a_type_and_a_meaning(path):
    cells = nbformat.read(path, as_version=4).cells
    [cell] = [cell for cell in cells if "parameters" in cell.metadata.get("tags", [])]
    for statement in ast.parse(cell.source).body:
        assert isinstance(statement, ast.AnnAssign)
        ast.literal_eval(statement.value)
    parameters = papermill.inspect_notebook(str(path))
    assert len(parameters) == len(cell.source.splitlines())
    assert {"scenario", "language"} <= set(parameters)
    for parameter in parameters.values():
        assert parameter["inferred_type_name"] in ("str", "int", "float", "bool")
        assert parameter["help"]
