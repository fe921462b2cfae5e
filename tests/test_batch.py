"""The batch and the command line: what comes out, what is refused, what a failure leaves."""

import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pikepdf
import pypdfium2
import pytest

from povlib import scenario, slices, store
from povlib.report import batch, forks

FIGURES = {"trajectory.csv", "pace.csv", "flows.csv", "deprivations.csv"}
AREAS = ["01906", "05443", "05665"]
LETTERS = "ăâđêôơưàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ"
FLAT = """area_code,name,year,households,poor_households
01,{name},2021,100,20
01,{name},2022,100,18
01,{name},2023,100,15
02,Na Rì,2021,200,60
02,Na Rì,2022,200,55
02,Na Rì,2023,200,50
"""


def _povlib(*arguments):
    """Run the command line as a user does."""
    command = [str(Path(sys.executable).with_name("povlib")), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)


def _text(path):
    return [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(path)]


@pytest.mark.notebook
def test_every_report_is_there_in_all_its_forms(made):
    folder, outcomes = made
    assert [(one.area_code, one.language) for one in outcomes] == [
        (code, language) for code in AREAS for language in ("en", "vi")
    ]
    assert not any(one.error for one in outcomes)
    for one in outcomes:
        names = {path.name for path in (folder / one.area_code / one.language).iterdir()}
        assert (
            names
            == {"report.html", "report.pdf", "report.ipynb", "data.xlsx", "record.json"} | FIGURES
        )
        assert len(pikepdf.open(folder / one.area_code / one.language / "report.pdf").pages) <= 4
    assert not list(folder.rglob(".*"))


@pytest.mark.notebook
def test_the_html_needs_nothing_else_and_is_small(made):
    folder, _ = made
    for path in folder.glob("*/*/report.html"):
        html = path.read_text("utf-8")
        assert len(html.encode()) < 250_000
        assert html.startswith(f'<!DOCTYPE html>\n<html lang="{path.parent.name}">')
        assert "Content-Security-Policy" in html
        addresses = set(re.findall(r"""(?:src|href|url)\s*[=(]\s*["']?([^"')\s>]+)""", html))
        own = path.parent.name
        beside = {"report.pdf", "data.xlsx", "report.ipynb", f"../../index-{own}.html"}
        beside |= {f"../{other}/report.html" for other in {"vi", "en"} - {own}}
        beside |= {one.name for one in path.parent.glob("*.csv")}
        within = {a for a in addresses if a.startswith(("#", "data:"))}
        assert addresses - within == beside  # links to what stands beside it, nothing to load
        outside = set(re.findall(r"https?://[^\s\"'<)]+", html))
        assert outside <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}
        assert "<script" not in html
        assert html.count("<svg") == 4


@pytest.mark.notebook
def test_no_code_and_no_parameter_is_shown(made):
    folder, _ = made
    for path in folder.glob("*/*/report.html"):
        html = path.read_text("utf-8")
        assert "narrative." not in html
        assert "area_code" not in html
    text = "".join(_text(folder / "01906" / "en" / "report.pdf"))
    assert "narrative." not in text
    assert "area_code" not in text


@pytest.mark.notebook
def test_the_pdf_is_tagged_and_names_its_language_and_title(made):
    folder, _ = made
    titles = {
        "vi": "Báo cáo giảm nghèo: Xã Ba Bể",
        "en": "Poverty reduction report: Ba Bể commune",
    }
    for code, title in titles.items():
        with pikepdf.open(folder / "01906" / code / "report.pdf") as pdf:
            assert str(pdf.Root.Lang) == code
            assert pdf.Root.MarkInfo.Marked
            assert "/StructTreeRoot" in pdf.Root
            with pdf.open_metadata() as metadata:
                assert metadata["pdfuaid:part"] == "1"
                assert metadata["dc:title"] == title


@pytest.mark.notebook
def test_every_page_says_that_the_records_are_simulated(made):
    folder, _ = made
    for code, words in (("vi", "SỐ LIỆU MÔ PHỎNG"), ("en", "SIMULATED DATA")):
        assert words in (folder / "01906" / code / "report.html").read_text("utf-8")
        pages = _text(folder / "01906" / code / "report.pdf")
        assert len(pages) >= 3
        assert all(words in page for page in pages)
    assert "MÔ PHỎNG" in (folder / "index.html").read_text("utf-8")


@pytest.mark.notebook
def test_the_numbers_of_html_and_pdf_are_those_of_the_results(made):
    folder, _ = made
    review = slices.read(folder / "results", "01906").own("review")
    last = review[review["year"] == 2024].iloc[0]
    rate = f"{100 * last['poor_households'] / last['households']:.2f}".replace(".", ",")
    assert f"{rate}\u00a0%" in (folder / "01906" / "vi" / "report.html").read_text("utf-8")
    text = "".join(_text(folder / "01906" / "vi" / "report.pdf"))
    assert f"{rate}\u00a0%" in text
    assert "5,46\u00a0%" in text


@pytest.mark.notebook
def test_the_executed_notebook_holds_real_figures(made):
    folder, _ = made
    notebook = nbformat.read(folder / "01906" / "vi" / "report.ipynb", as_version=4)
    nbformat.validate(notebook)
    shown = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    drawings = [output for output in shown if "<svg" in output.get("data", {}).get("text/html", "")]
    assert len(drawings) == 4
    assert not any(output.output_type == "error" for output in shown)


@pytest.mark.notebook
def test_the_index_links_every_report(made):
    folder, _ = made
    html = (folder / "index.html").read_text("utf-8")
    links = re.findall(r'href="([^"#]+)"', html)
    assert len(links) == 19  # three forms of six reports, the index in English
    assert all((folder / link).is_file() for link in links)
    for code in AREAS:
        assert code in html


@pytest.mark.notebook
def test_the_manifest_names_every_report_with_its_files_and_their_digests(made):
    folder, outcomes = made
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert list(manifest) == [f"{one.area_code}/{one.language}" for one in outcomes]
    entry = manifest["01906/vi"]
    assert (entry["status"], entry["error"]) == ("made", "")
    assert entry["seconds"] > 0
    assert re.fullmatch("[0-9a-f]{64}", entry["fingerprint"])
    assert (
        set(entry["files"]) == {"report.html", "report.pdf", "report.ipynb", "data.xlsx"} | FIGURES
    )
    for name, file in entry["files"].items():
        content = (folder / "01906" / "vi" / name).read_bytes()
        assert file == {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


@pytest.mark.notebook
def test_a_second_run_starts_no_kernel_and_touches_no_report(made, smoke, monkeypatch):
    def refuse():
        pytest.fail("a process to fork kernels from is asked for")

    monkeypatch.setattr(forks, "warm_up", refuse)
    folder, outcomes = made
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*.*")}
    again = batch.run(smoke, output=folder.parent)
    assert {one.status for one in again} == {"unchanged"}
    assert len(again) == len(outcomes)
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*.*")} == before


@pytest.mark.notebook
def test_the_log_of_a_run_has_an_event_for_every_report(made):
    folder, outcomes = made
    (log,) = (folder / "logs").iterdir()
    events = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    kinds = [event["event"] for event in events]
    assert kinds == ["begin", *["report"] * len(outcomes), "end"]


@pytest.mark.notebook
def test_the_same_inputs_give_the_same_bytes(made, tmp_path):
    folder, _ = made
    one = scenario.load("smoke").model_copy(update={"areas": ["01906"]})
    batch.run(one, output=tmp_path, jobs=1)
    for name in ("report.html", "report.pdf", "data.xlsx", *FIGURES):
        first, second = (place / "01906" / "vi" / name for place in (folder, tmp_path / "smoke"))
        assert first.read_bytes() == second.read_bytes()


@pytest.mark.notebook
def test_a_flat_file_of_nobody_here_gives_reports_whatever_its_names(tmp_path):
    evil = '<script>x</script> =HYPERLINK(1) #read(""/etc/passwd"") ' + LETTERS
    data = tmp_path / "số liệu của tôi.csv"
    data.write_text(FLAT.format(name=f'"{evil}"'), "utf-8")
    run = _povlib("report", "--data", data, "--output", tmp_path / "out", "--jobs", "1")
    assert run.returncode == 0, run.stderr
    assert "3 of 3 reports made" in run.stdout
    (folder,) = (tmp_path / "out").iterdir()
    html = (folder / "01" / "vi" / "report.html").read_text("utf-8")
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    text = "".join("".join(_text(folder / "01" / "vi" / "report.pdf")).split())
    assert '#read("/etc/passwd")' in text
    assert LETTERS in text
    assert "MÔ PHỎNG" not in html
    assert "một mục tiêu của kịch bản bị bỏ qua" in html


@pytest.mark.notebook
def test_a_failed_report_is_listed_and_takes_its_old_files_away(tmp_path, smoke):
    one = smoke.model_copy(update={"areas": ["01906"], "languages": ["vi"]})
    batch.run(one, output=tmp_path, jobs=1)
    folder = tmp_path / "smoke"
    assert (folder / "01906" / "vi" / "report.pdf").is_file()
    (folder / "results" / "flows.parquet").write_bytes(b"broken")
    outcomes = batch.run(one, output=tmp_path, jobs=1, options=batch.Options(force=True))
    assert outcomes[0].status == "failed"
    assert "Parquet" in outcomes[0].error
    left = {path.name for path in (folder / "01906" / "vi").iterdir()}
    assert left == {"failure.html", "report.ipynb", "record.json"}
    assert "lỗi, chưa lập được" in (folder / "index.html").read_text("utf-8")
    assert not list(folder.rglob(".*"))


def test_results_are_computed_once_and_again_when_the_data_change(tmp_path):
    data = tmp_path / "data.csv"
    data.write_text(FLAT.format(name="Ba Bể"), "utf-8")
    own = scenario.load("own-data")
    case = own.model_copy(update={"data": own.data.model_copy(update={"path": str(data)})})
    kept = store.prepare(case, tmp_path / "out")
    first = (kept / "status.parquet").stat().st_mtime_ns
    store.prepare(case, tmp_path / "out")
    assert (kept / "status.parquet").stat().st_mtime_ns == first
    data.write_text(FLAT.format(name="Ba Bể").replace("2023,100,15", "2023,100,5"), "utf-8")
    store.prepare(case, tmp_path / "out")
    assert slices.read(kept, "01").own("review")["poor_households"].iloc[-1] == 5


def test_the_whole_province_reproduces_directive_11(kept):
    whole = slices.read_all(kept).whole("status").iloc[0]
    review = slices.read_all(kept).whole("review").set_index("year")
    rate = 100 * review["poor_households"] / review["households"]
    assert (round(rate[2021], 2), round(rate[2024], 2)) == (10.29, 5.46)
    assert whole["rate_now"] == pytest.approx((23061 + 15482) / review.loc[2024, "households"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--area", "0190"], "area 0190: not an area of the data set; did you mean 019"),
        (["--area", "../x"], "area ../x: not an area of the data set"),
        (["--language", "fr"], "language fr: reports are written in en, id, vi"),
        (["--scenario", "nowhere"], "scenario nowhere: no such file"),
        (["--data", "nowhere.csv"], "nowhere.csv: no such file or folder"),
        (["-p", "area=01906"], "parameter area: unknown to the notebook 04-commune-report.ipynb"),
        (["--notebook", "nowhere.ipynb"], "nowhere.ipynb: no such notebook"),
    ],
)
def test_bad_arguments_are_one_line_exit_code_2_and_no_output(tmp_path, arguments, message):
    run = _povlib("report", *arguments, "--output", tmp_path / "out")
    assert run.returncode == 2
    assert message in run.stderr
    assert len(run.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_a_broken_data_set_is_one_line_exit_code_2_and_no_output(tmp_path):
    data = tmp_path / "data.csv"
    data.write_text(FLAT.format(name="Ba Bể").replace("100,20", "100,120"), "utf-8")
    for command in (["report", "--data", data, "--output", tmp_path / "out"], ["check", data]):
        run = _povlib(*command)
        assert run.returncode == 2
        expected = "data.csv, row 2 (Ba Bể): poor_households 120 exceed households 100"
        assert run.stderr == f"povlib: {expected}\n"
    assert not (tmp_path / "out").exists()


def test_demo_writes_a_data_set_that_check_accepts(tmp_path):
    assert _povlib("demo", tmp_path / "demo").returncode == 0
    run = _povlib("check", tmp_path / "demo")
    assert run.returncode == 0
    assert "92 areas, reviews 2016 to 2024" in run.stdout
    assert "0 figures worth a second look" in run.stdout
    again = _povlib("demo", tmp_path)
    assert again.returncode == 2
    assert "holds demo, no CSV table of a data set" in again.stderr
