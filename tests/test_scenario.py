"""Scenario files: what is read, and what is refused with which words."""

import pytest
import yaml

from povlib import scenario
from povlib.errors import DataError

FILES = sorted(scenario.PARAMS.glob("*.yml"))


@pytest.fixture
def write(tmp_path):
    """Write a variant of the smoke scenario and give its path."""
    content = yaml.safe_load((scenario.PARAMS / "smoke.yml").read_text("utf-8"))

    def _write(change):
        change(content)
        path = tmp_path / "case.yml"
        path.write_text(yaml.safe_dump(content, allow_unicode=True), "utf-8")
        return path

    return _write


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_scenario_of_the_project_loads_and_explains_every_line(path):
    loaded = scenario.load(path)
    assert loaded.name == path.stem
    lines = path.read_text("utf-8").splitlines()
    bare = [line for line in lines if line.strip() and "#" not in line and not line.endswith(":")]
    allowed = ("vi:", "en:", "source:", "reason:", "- column:")
    assert all(line.strip().startswith(allowed) for line in bare), bare


def test_a_name_stands_for_the_file_in_params():
    assert scenario.load("smoke") == scenario.load(scenario.PARAMS / "smoke.yml")


def test_a_scenario_cannot_be_changed_by_mistake():
    with pytest.raises(ValueError, match="frozen"):
        scenario.load("smoke").seed = 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: c["model"].update(drawz=5), r"case.yml, key model.drawz: unknown key; allowed"),
        (lambda c: c["model"].pop("draws"), r"case.yml, key model.draws: missing"),
        (lambda c: c["model"].update(draws="many"), r"model.draws: .*integer; found 'many'"),
        (lambda c: c["model"].update(interval=80), r"model.interval: .*less than 1; found 80"),
        (lambda c: c["model"].update(at_risk=0.9), r"at_risk 0.9 must be below on_track 0.75"),
        (lambda c: c["targets"][0].update(value=10), r"targets.0.value: .*equal to 1; found 10"),
        (lambda c: c["targets"][0].update(measure="rate"), r"targets.0.measure: .*found 'rate'"),
        (lambda c: c.update(targets=[]), r"key targets: .*at least 1"),
        (lambda c: c.update(languages=["fr"]), r"languages.0: .*found 'fr'"),
        (lambda c: c.update(areas=[1906]), r"areas.0: .*string; found 1906"),
        (lambda c: c.update(report_date="soon"), r"report_date: .*found 'soon'"),
        (lambda c: c.update(report_date="2026-02-30"), r"report_date: .*found '2026-02-30'"),
        (lambda c: c["targets"][0].update(year=2035), r"target year 2035 lies after .* 2030"),
        (lambda c: c.update(name="x"), r"key name: set by the file itself"),
        (lambda c: c.update(seed=-1), r"key seed: .*found -1"),
    ],
)
def test_a_broken_rule_names_file_key_rule_and_value(write, change, message):
    with pytest.raises(DataError, match=message):
        scenario.load(write(change))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"title: [", "line 1: not valid YAML"),
        (b"", "expected keys and values, found NoneType"),
        (b"\xff\xfe\x00", "not a UTF-8 text file"),
        (b"report_date: 2026-02-30", "not valid YAML: day is out of range"),
        (b"? [seed]\n: 1", "line 1: not valid YAML: found unhashable key"),
        (b"seed: 1\nareas: []\nseed: 2", "line 3: not valid YAML: key seed is there twice"),
        (b"title: !!python/object/apply:os.system ['true']", "not valid YAML"),
    ],
)
def test_a_file_that_is_no_scenario_is_refused(tmp_path, content, message):
    path = tmp_path / "case.yml"
    path.write_bytes(content)
    with pytest.raises(DataError, match=message):
        scenario.load(path)


def test_a_file_beside_others_is_found_without_its_ending_before_those_of_the_project(tmp_path):
    content = (scenario.PARAMS / "smoke.yml").read_text("utf-8").replace("seed: 2030", "seed: 7")
    (tmp_path / "smoke.yml").write_text(content, "utf-8")
    assert scenario.load(tmp_path / "smoke").seed == 7


def test_a_rule_between_keys_does_not_print_the_whole_file(write):
    with pytest.raises(DataError) as caught:
        scenario.load(write(lambda c: c["targets"][0].update(year=2035)))
    assert len(str(caught.value)) < 200


def test_a_missing_file_lists_the_names_there_are():
    with pytest.raises(DataError, match=r"scenario thai: no such file.*smoke, thai-nguyen"):
        scenario.load("thai")
