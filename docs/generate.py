"""Pages and pictures of the documentation that the library makes of itself at every build."""

import re
import subprocess
import sys
from itertools import product
from pathlib import Path
from typing import Any

import pictures
from numpydoc.docscrape import ClassDoc

import povlib
from povlib import scenario
from povlib.data import tables
from povlib.scenario import Scenario

_TYPES = {"str": "text", "Int64": "whole number", "float64": "number", "boolean": "true, false"}


def write(folder: Path) -> None:
    """
    Write all generated pages and pictures.

    Parameters
    ----------
    folder : Path
        `docs/generated`; what is there is replaced.
    """
    (folder / "library").mkdir(parents=True, exist_ok=True)
    (folder / "figures").mkdir(exist_ok=True)
    _write(folder / "scenario.md", scenario_keys())
    nomenclature = (folder.parent / "nomenclature.md").read_text("utf-8")
    _write(folder / "tables.md", data_tables(nomenclature))
    for name in povlib.__all__:
        _write(folder / "library" / f"{name}.md", library_page(name))
    typer = [sys.executable, "-m", "typer", "povlib.cli", "utils", "docs", "--name", "povlib"]
    subprocess.run([*typer, "--output", folder / "cli.md"], check=True, stdout=subprocess.DEVNULL)
    for name, figure in pictures.draw(folder).items():
        _write(folder / "figures" / f"{name}.svg", figure.svg)
        place = f"{{figure}} /generated/figures/{name}.svg"
        shown = f"```{place}\n:width: 100%\n:alt: {figure.alt}\n\n{figure.caption}\n```"
        _write(folder / "figures" / f"{name}.md", shown)


def _write(path: Path, text: str) -> None:
    """Write a file if it would change: Sphinx reads anew only what did."""
    if not path.is_file() or path.read_text("utf-8") != text:
        path.write_text(text, "utf-8")


# The library


def library_page(name: str) -> str:
    """Return the page of a public module."""
    module = getattr(povlib, name)
    return (
        f"# {name}\n\n`povlib.{name}` is `{module.__name__}`.\n\n"
        f"```{{eval-rst}}\n.. automodule:: {module.__name__}\n   :members:\n```\n"
    )


# Scenario files


def scenario_keys() -> str:
    """Return the page of the keys of a scenario file, from the types that check it."""
    schema = Scenario.model_json_schema()
    records = {"Scenario": schema} | schema["$defs"]
    lines = [
        "# Keys of a scenario file",
        "",
        "What `params/*.yml` may hold; an unknown key, a missing one or a value outside its limits",
        "is refused with file, key, rule and value.",
    ]
    for name, record in records.items():
        described = ClassDoc(getattr(scenario, name))
        lines += ["", f"## {name}", "", " ".join(described["Summary"]), ""]
        lines += ["| key | what it takes | default | meaning |", "|---|---|---|---|"]
        meanings = {
            one: " ".join(attribute.desc)
            for attribute in described["Attributes"]
            for one in attribute.name.split(", ")
        }
        for key, field in record["properties"].items():
            if key not in ("name", "folder"):
                default = "required" if key in record["required"] else f"`{field['default']}`"
                lines.append(f"| {key} | {_taken(field)} | {default} | {meanings[key]} |")
    return "\n".join(lines) + "\n"


def _taken(field: dict[str, Any]) -> str:
    """What a key takes, in words."""
    match field:
        case {"anyOf": options}:
            return " or ".join(_taken(option) for option in options)
        case {"$ref": reference}:
            name = reference.rpartition("/")[2]
            return f"[{name}](#{name.lower()})"
        case {"enum": choices}:
            return " or ".join(f"`{choice}`" for choice in choices)
        case {"const": choice}:
            return f"`{choice}`"
        case {"type": "array", "items": items}:
            return f"list of {_taken(items)}"
        case {"type": "null"}:
            return "nothing"
    limits = {
        "minimum": "at least",
        "exclusiveMinimum": "above",
        "maximum": "at most",
        "exclusiveMaximum": "below",
    }
    said = [f"{word} {field[limit]}" for limit, word in limits.items() if limit in field]
    return ", ".join([str(field["type"]).replace("object", "mapping"), *said])


# The data set


def data_tables(nomenclature: str) -> str:
    """Return the page of the tables, from their schemas and the nomenclature."""
    meanings = _meanings(nomenclature)
    lines = [
        "# Tables of a data set",
        "",
        "A file or sheet a table; `areas` and `review` are required. **Bold** columns are the key:",
        "no two rows share it.",
    ]
    for name, schema in tables.SCHEMAS.items():
        lines += ["", f"## {name}", "", "| column | type | must be there | rule | meaning |"]
        lines += ["|---|---|---|---|---|"]
        types = tables.dtypes(name)
        for head, column in schema.columns.items():
            shown = f"**{head}**" if head in tables.KEYS[name] else head
            places = (name, "all", "most", "all but areas")
            meaning = next((meanings[head, one] for one in places if (head, one) in meanings), "")
            needed = "yes" if column.required else ""
            rule = ", ".join(_rule(check) for check in column.checks)
            lines.append(f"| {shown} | {_TYPES[types[head]]} | {needed} | {rule} | {meaning} |")
    return "\n".join(lines) + "\n"


def _meanings(nomenclature: str) -> dict[tuple[str, str], str]:
    """Meaning and unit of every column in every table, as the nomenclature has them."""
    section = nomenclature.partition("## Columns of the tables")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (.+?) \| (.+?) \| (.*?) \|(.*?)\|$", section, re.MULTILINE)
    return {
        pair: f"{meaning} [{unit.strip()}]" if unit.strip() else meaning
        for names, places, meaning, unit in rows
        for pair in product(names.split(", "), places.split(", "))
    }


def _rule(check: Any) -> str:
    """What a check of Pandera asks, in words."""
    match check.statistics:
        case {"allowed_values": allowed}:
            return ", ".join(f"`{one}`" for one in allowed)
        case {"min_value": low, "max_value": high}:
            return f"{low} to {high}"
        case {"min_value": low}:
            return f"at least {low}"
        case {"pattern": pattern}:
            return f"`{pattern.replace('|', chr(92) + '|')}`"
    return str(check.error).replace("_", " ")
