"""The command line: arguments only; every command calls one function of the library."""

import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from povlib.data.changes import Change
    from povlib.report.due import Due
    from povlib.report.task import Outcome

# Imports that take long stand inside the commands, so that --help answers at once.

app = typer.Typer(
    help="From a province's poverty review tables to a report for every commune.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help is at once; rich takes as long as all the rest
)

_SCENARIO = typer.Option(help="Scenario file, or the name of one in params/.")
_DATA = typer.Option(help="Data set in place of the scenario's: folder, workbook or flat CSV.")
_AREAS = typer.Option(
    help="Areas: a CSV file or data set with the table areas, or thai-nguyen for its 92 units."
)
_CHANGES = 20  # cells listed for a table
_OUTPUT = typer.Option(help="Folder for the reports; default: output/ of the project.")


@app.command()
def report(
    scenario: Annotated[str | None, _SCENARIO] = None,
    data: Annotated[Path | None, _DATA] = None,
    area: Annotated[list[str] | None, typer.Option(help="Area code; may be repeated.")] = None,
    language: Annotated[list[str] | None, typer.Option(help="Such as vi; may be repeated.")] = None,
    jobs: Annotated[
        int | None,
        typer.Option(min=1, help="Reports made at a time; by default one more than processors."),
    ] = None,
    output: Annotated[Path | None, _OUTPUT] = None,
    force: Annotated[bool, typer.Option("--force", help="Also what is up to date.")] = False,  # noqa: FBT002 - a flag
    only_failed: Annotated[bool, typer.Option("--only-failed", help="Only what failed.")] = False,  # noqa: FBT002 - a flag
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would run and why.")] = False,  # noqa: FBT002 - a flag
    notebook: Annotated[Path | None, typer.Option(help="Notebook of your own.")] = None,
    parameter: Annotated[
        list[str] | None, typer.Option("--parameter", "-p", help="NAME=VALUE; may be repeated.")
    ] = None,
    timeout: Annotated[float, typer.Option(min=1, help="Seconds that a report may take.")] = 300,
    memory: Annotated[int, typer.Option(min=100, help="MB that a report may take.")] = 2000,
    scheduler: Annotated[str, typer.Option(help="Dask scheduler, such as tcp://host:8786.")] = "",
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress.")] = False,  # noqa: FBT002 - a flag
) -> None:
    """Make the report of every area: HTML, PDF and the executed notebook."""
    from povlib import scenario as scenarios
    from povlib.report import batch
    from povlib.report.task import NOTEBOOK, Limits

    if data and not scenario:
        case = scenarios.of_data(data)
    else:
        case = scenarios.load(scenario or "thai-nguyen")
    case = case.with_data(data) if data else case
    case = case.model_copy(update={"areas": area}) if area else case
    place = output or scenarios.PROJECT / "output"
    languages = scenarios.check_languages(language or [])
    options = batch.Options(
        force=force,
        only_failed=only_failed,
        notebook=notebook or NOTEBOOK,
        parameters=parameter or (),
        limits=Limits(seconds=timeout, memory=memory),
        scheduler=scheduler,
        quiet=quiet,
    )
    if dry_run:
        _announce(batch.plan(case, output=place, languages=languages, options=options))
    else:
        made = batch.run(case, output=place, languages=languages, jobs=jobs, options=options)
        _conclude(made, place / case.name)


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(help="Folder to write to; new or empty.")],
    national: Annotated[bool, typer.Option("--national", help="A made-up country.")] = False,  # noqa: FBT002 - a flag
    areas: Annotated[int, typer.Option(min=1, help="Communes of that country.")] = 3321,
) -> None:
    """Write the embedded, simulated data set as CSV files, or that of a made-up country."""
    from povlib.data import dataset
    from povlib.data import demo as embedded
    from povlib.data import national as country

    dataset.save(country.build(areas) if national else embedded.build(), folder)
    place = f"{areas} made-up communes" if national else "Thai Nguyen"
    typer.echo(f"simulated data set of {place} written to {folder}")


@app.command()
def check(
    path: Annotated[Path, typer.Argument(help="Data set: folder, workbook or flat CSV.")],
    scenario: Annotated[str, _SCENARIO] = "own-data",
    language: Annotated[str, typer.Option(help="Language of the findings, such as vi.")] = "en",
) -> None:
    """Check a data set: the rules it must keep, and figures worth a second look."""
    from povlib import results
    from povlib import scenario as scenarios
    from povlib.data import dataset
    from povlib.report import language as languages
    from povlib.report import remarks

    case = scenarios.load(scenario)
    words = languages.of(scenarios.check_languages([language])[0])
    data = dataset.load(path.resolve(), settings=case.data)
    years = data.review["year"]
    typer.echo(f"{path}: {len(data.areas)} areas, reviews {years.min()} to {years.max()}")
    for note in data.notes:
        typer.echo(f"note: {note}")
    found = results.findings(data, case)
    typer.echo(f"{len(found)} figures worth a second look")
    for row in found.itertuples():
        typer.echo(f"{row.severity} {row.code} {row.area_code}: {remarks.sentence(words, row)}")


@app.command()
def backtest(
    panel: Annotated[Path, typer.Argument(help="CSV: area_code, year, poverty_rate (share).")],
    window: Annotated[int, typer.Option(min=3, help="Years that a forecast knows.")] = 4,
    horizon: Annotated[int, typer.Option(min=1, help="Years ahead, at most.")] = 5,
    peers: Annotated[bool, typer.Option("--peers", help="Also ETS, Theta and ARIMA.")] = False,  # noqa: FBT002 - a flag
    json: Annotated[Path | None, typer.Option(help="File to write the scores to.")] = None,
) -> None:
    """Hold past projections of a panel of rates against what came, and against other methods."""
    from povlib.data import files, panels
    from povlib.models import backtest as backtests
    from povlib.models import other_methods

    if json:
        files.require_place(json)
    others = other_methods.automatic() if peers else {}
    made = backtests.run(panels.read(panel), window=window, horizon=horizon, others=others)
    typer.echo(made.as_text())
    if json:
        files.write_text(json, made.as_json())


@app.command()
def impact(
    panel: Annotated[Path, typer.Argument(help="Table with one row per unit and year.")],
    outcome: Annotated[str, typer.Option(help="Column of what the programme was to change.")],
    unit: Annotated[str | None, typer.Option(help="Column of the unit, such as a code.")] = None,
    time: Annotated[str | None, typer.Option(help="Column of the year.")] = None,
    cohort: Annotated[
        str | None, typer.Option(help="Column of a unit's first year; 0: never.")
    ] = None,
    treatment: Annotated[
        str | None, typer.Option(help="In place of --cohort: column of 0 and 1, year by year.")
    ] = None,
    covariates: Annotated[
        list[str] | None, typer.Option(help="Column to compare like with like; may be repeated.")
    ] = None,
    cluster: Annotated[str | None, typer.Option(help="Column of units that move together.")] = None,
    weights: Annotated[str | None, typer.Option(help="Column of a unit's weight.")] = None,
    control: Annotated[str, typer.Option(help="auto, never_treated or not_yet_treated.")] = "auto",
    relevant: Annotated[
        float | None, typer.Option(min=0, help="Smallest effect that matters.")
    ] = None,
    intervals: Annotated[
        str, typer.Option(help="normal, or wild for the wild bootstrap.")
    ] = "normal",
    seed: Annotated[int, typer.Option(min=0, help="Seed of the bootstrap.")] = 2030,
    neighbours: Annotated[
        Path | None, typer.Option(help="Table of area_code, neighbour_code: look for spill-over.")
    ] = None,
    json: Annotated[Path | None, typer.Option(help="File for all figures.")] = None,
) -> None:
    """Estimate what a programme changed, from a panel with the year it began in each unit."""
    from povlib.data import files
    from povlib.models import impact as model
    from povlib.report import evaluation

    if json:
        files.require_place(json)
    settings = model.ImpactSettings(
        control=control,
        covariates=tuple(covariates or ()),
        cluster=cluster,
        weights=weights,
        relevant_effect=relevant,
        intervals=intervals,
        seed=seed,
    )
    found = model.evaluate(
        files.read_table(panel),
        model.Columns(outcome, unit, time, cohort, treatment),
        settings=settings,
        neighbours=files.read_table(neighbours) if neighbours else None,
    )
    for line in evaluation.lines(found):
        typer.echo(line)
    if json:
        evaluation.save(found, json)


@app.command("import")
def import_(
    forms: Annotated[list[Path], typer.Argument(help="Workbooks of the official forms.")],
    year: Annotated[int, typer.Option(help="Year whose end was reviewed.")],
    standard: Annotated[str, typer.Option(help="Standard of the review, such as nd07-2021.")],
    into: Annotated[Path, typer.Option(help="Folder of the data set; new or there already.")],
    areas: Annotated[str | None, _AREAS] = None,
) -> None:
    """Put the official forms of a year's review into a data set."""
    from povlib.data import imports

    prepared = imports.prepare(
        [path.resolve() for path in forms],
        year=year,
        standard=standard,
        into=into.resolve(),
        areas=areas,
    )
    for sheet in prepared.sheets:
        count = sheet.rows["area_code"].nunique()
        typer.echo(f"{sheet.place}: form {sheet.form.number}, {count} units")
    for note in prepared.notes:
        typer.echo(f"note: {note}")
    imports.save(prepared, into.resolve())
    for change in prepared.changes:
        _tell(change)
    typer.echo(f"{into}: {'written' if prepared.changes else 'nothing changed'}")


def _tell(change: "Change") -> None:
    """Say what becomes of a table, cell by cell up to a limit."""
    typer.echo(str(change))
    for cell in change.cells[:_CHANGES]:
        typer.echo(f"  {cell}")
    if len(change.cells) > _CHANGES:
        typer.echo(f"  and {len(change.cells) - _CHANGES} more cells")


@app.command()
def template(
    folder: Annotated[Path, typer.Argument(help="Folder to write to.")],
    areas: Annotated[str | None, _AREAS] = None,
    standard: Annotated[str, typer.Option(help="Standard of the review.")] = "nd07-2021",
) -> None:
    """Write the empty official forms and an empty data set as workbooks to fill in."""
    from povlib.data import templates

    for path in templates.write(folder, areas=areas, standard=standard):
        typer.echo(f"{path} written")


@app.command()
def actions(
    workbook: Annotated[Path, typer.Argument(help="Workbook of the action register.")],
    data: Annotated[
        Path | None, typer.Option(help="Data set whose register to write; default: the embedded.")
    ] = None,
    into: Annotated[
        Path | None, typer.Option(help="Read the workbook instead, into this data set's folder.")
    ] = None,
) -> None:
    """Write the action register as a workbook to fill in, or read it back."""
    from povlib.data import changes, dataset, register
    from povlib.errors import DataError
    from povlib.scenario import DataSettings

    if data is not None and into is not None:
        msg = "--data writes the workbook, --into reads it: give one of them"
        raise DataError(msg)
    if into is None:
        settings = DataSettings(path=str(data or "demo"))
        before = dataset.load(data.resolve() if data else None, settings=settings)
        register.write(before, workbook)
        typer.echo(f"{workbook}: {len(before.actions)} actions written")
        return
    before = dataset.load_to_change(into)
    after = register.read(workbook, before)
    for note in after.notes:
        typer.echo(f"note: {note}")
    change = changes.between("actions", before.actions, after.actions)
    if change:
        dataset.save(after, into)
        _tell(change)
    typer.echo(f"{into}: {'written' if change else 'nothing changed'}")


@app.command()
def annexes(
    folder: Annotated[Path, typer.Argument(help="Output of a scenario, such as output/smoke.")],
    language: Annotated[list[str] | None, typer.Option(help="Such as vi; may be repeated.")] = None,
) -> None:
    """Run the researcher's notebooks on reported results and publish them as technical annexes."""
    from povlib import scenario as scenarios
    from povlib.report import annexes as published

    made = published.publish(folder, scenarios.check_languages(language or []))
    failed = [annex for annex in made if annex.error]
    new = sum(annex.is_new and not annex.error for annex in made)
    left = len(made) - new - len(failed)
    said = f"{new} of {len(made)} annexes made" + (f", {left} were up to date" if left else "")
    typer.echo(f"{said}: {folder / 'annexes'}")
    for annex in failed:
        typer.echo(f"failed: {annex.notebook} {annex.language}: {annex.error}", err=True)
    if failed:
        raise typer.Exit(1)


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def lab(
    context: typer.Context,
    folder: Annotated[
        Path | None, typer.Option(help="Folder with the notebooks; default: the project's own.")
    ] = None,
) -> None:
    """Open JupyterLab on the notebooks; further arguments go to it, such as --no-browser."""
    from jupyterlab.labapp import main as open_lab

    from povlib.scenario import PROJECT

    own = [
        f"--ServerApp.root_dir={(folder or PROJECT).resolve()}",
        f"--LabApp.default_url=/lab/tree/{'' if folder else 'notebooks'}",
        "--MultiKernelManager.default_kernel_name=povlib",
    ]
    sys.exit(open_lab([*own, *context.args]))


def _announce(found: "list[Due]") -> None:
    from povlib.report.task import place

    would = [one for one in found if one.reason]
    for one in would:
        area = place(Path(), one.area_code, one.language).parent
        typer.echo(f"{area} {one.language}: {one.reason}")
    typer.echo(f"{len(would)} of {len(found)} reports would be made")


def _conclude(outcomes: "list[Outcome]", folder: Path) -> None:
    from povlib.report.task import place

    count: Counter[str] = Counter(outcome.status for outcome in outcomes)
    text = f"{count['made']} of {len(outcomes)} reports made"
    for status, words in (("unchanged", "were up to date"), ("stopped", "were not begun")):
        text += f", {count[status]} {words}" if count[status] else ""
    typer.echo(f"{text}: {folder / 'index.html'}")
    for outcome in outcomes:
        if outcome.status == "failed":
            page = place(folder, outcome.area_code, outcome.language) / "failure.html"
            typer.echo(f"failed: {page}: {outcome.error}", err=True)
    if count["stopped"]:
        raise typer.Exit(130)
    if count["failed"]:
        typer.echo("once mended: the same command with --only-failed", err=True)
        raise typer.Exit(1)


def main() -> None:
    """Run the command line; bad input is a line for each broken rule and exit code 2."""
    from povlib.errors import DataError

    try:
        app()
    except DataError as error:
        for line in str(error).splitlines():
            typer.echo(f"povlib: {line}", err=True)
        sys.exit(2)
    except OSError as error:  # such as no permission, no room, no such folder
        typer.echo(f"povlib: {error.filename or 'system'}: {error.strerror or error}", err=True)
        sys.exit(2)
