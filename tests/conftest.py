"""Shared by the tests: the results and the reports of the smoke scenario, made once."""

from dataclasses import replace

import pytest

from povlib import results, scenario
from povlib.data import demo, tables
from povlib.report import batch, language
from povlib.report.page import Page


@pytest.fixture(scope="session")
def embedded():
    """The embedded data set; made once, for tests that only read it."""
    return demo.build()


@pytest.fixture(scope="session")
def few(embedded):
    """Six areas of it, in every table that it has."""
    parts = {name: getattr(embedded, name).query("area_code < '01885'") for name in tables.KEYS}
    parts = {name: part.reset_index(drop=True) for name, part in parts.items()}
    return replace(embedded, **parts)


@pytest.fixture(scope="session")
def smoke():
    return scenario.load("smoke")


@pytest.fixture(scope="session")
def kept(smoke, tmp_path_factory):
    """The folder of the smoke scenario's results."""
    return results.prepare(smoke, tmp_path_factory.mktemp("results"))


@pytest.fixture
def page(kept):
    """The page of Xã Ba Bể in Vietnamese."""
    return Page(language.of("vi"), results.read(kept, "01906"))


@pytest.fixture(scope="session")
def made(smoke, tmp_path_factory):
    """The reports of the smoke scenario: their folder and what became of each."""
    output = tmp_path_factory.mktemp("output")
    return output / smoke.name, batch.run(smoke, output=output, jobs=2)
