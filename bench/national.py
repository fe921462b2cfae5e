"""
Measure the reports of a whole country: `python bench/national.py [--areas 3321]
[--keep FOLDER]`.

Makes a made-up country, then all its reports in one language from nothing, and again
with nothing changed. Writes `bench/national.md`. The country takes most of an hour.
"""

import argparse
import tempfile
from contextlib import nullcontext
from pathlib import Path

from measuring import Page, events, machine, run_report

from povlib.data import dataset, national
from povlib.report.batch import JOBS

PROVINCE = 92  # reports, to compare the time of one with


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--areas", type=int, default=national.AREAS)
    parser.add_argument("--keep", type=Path, help="a new folder, to look at what was made")
    areas, keep = vars(parser.parse_args()).values()
    page = Page("national.md", "What the reports of a country cost")
    page.say(machine("national.py"))
    if keep:
        keep.mkdir()
    with nullcontext(keep) if keep else tempfile.TemporaryDirectory() as folder:
        data, output = Path(folder) / "country", Path(folder) / "output"
        dataset.save(national.build(areas), data)
        asked = ["--data", data, "--output", output, "--language", "vi"]
        first = run_report(asked)
        noted = events(output / "country")
        again = run_report(asked)
        files = [path for path in output.rglob("*") if path.is_file()]
        size = sum(path.stat().st_size for path in files) / 1e9
    began = noted[0]["at"]
    done = [one["at"] for one in noted if one["event"] == "report"]
    models = [held for at, held in first.memory if at < began]
    reports = [(at, held) for at, held in first.memory if at >= began]
    half = (done[0] + done[-1]) / 2
    page.say(f"{areas} made-up areas, one language, HTML and PDF, {JOBS} jobs: {first.said}.\n")
    page.say("| | minutes |\n|---|---|")
    page.say(f"| from nothing, models included | {first.wall / 60:.1f} |")
    page.say(f"| of processors | {first.processor / 60:.1f} |")
    page.say(f"| from the first report to the last | {(done[-1] - done[0]) / 60:.1f} |")
    page.say(f"| nothing changed ({again.said}) | {again.wall / 60:.2f} |\n")
    page.say("| seconds a report | |\n|---|---|")
    for which, some in (
        (f"first {PROVINCE}", done[: PROVINCE + 1]),
        (f"last {PROVINCE}", done[-PROVINCE - 1 :]),
        ("all", done),
    ):
        page.say(f"| {which} | {(some[-1] - some[0]) / (len(some) - 1):.2f} |")
    page.say("\n| all processes together, peak | MB |\n|---|---|")
    page.say(f"| while the models run | {max(models):.0f} |")
    for which, some in (
        ("first half of the reports", [held for at, held in reports if at < half]),
        ("second half and the index", [held for at, held in reports if at >= half]),
    ):
        page.say(f"| {which} | {max(some):.0f} |")
    page.say(f"\nThe folder holds {len(files)} files, {size:.1f} GB.")


if __name__ == "__main__":
    main()
