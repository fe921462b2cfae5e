"""
Measure what an import costs: `python bench/import.py`.

Forms of one year for 3,321 communes, as many as Vietnam has, with made-up counts:
written, imported into a new data set, imported again. Prints the machine and seconds.
"""

import os
import platform
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import pandas as pd

from povlib.data import demo, form_writer, imports, tables
from povlib.data.dataset import Dataset

COMMUNES = 3321
YEAR, STANDARD = 2024, "nd07-2021"


def main() -> None:
    """Print all measurements."""
    print(f"{platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}")
    with tempfile.TemporaryDirectory() as folder:
        forms, into, areas = (Path(folder) / name for name in ("forms.xlsx", "set", "areas.csv"))
        data = _nation()
        data.areas.to_csv(areas, index=False)
        started = time.perf_counter()
        form_writer.fill(data, forms, year=YEAR, standard=STANDARD)
        print(f"{COMMUNES} communes, forms written: {time.perf_counter() - started:.1f} s")
        for what in ("imported", "imported again"):
            started = time.perf_counter()
            prepared = imports.prepare(
                [forms], year=YEAR, standard=STANDARD, into=into, areas=str(areas)
            )
            imports.save(prepared, into)
            seconds = time.perf_counter() - started
            print(f"{len(prepared.sheets)} forms {what}: {seconds:.1f} s")


def _nation() -> Dataset:
    """The embedded communes over and over, under new codes."""
    data = demo.build()
    frames = {}
    for name in tables.KEYS:
        frame = getattr(data, name)
        frame = frame[frame["year"] == YEAR] if "year" in frame else frame
        copies = [frame.assign(area_code=f"{copy:02d}" + frame["area_code"]) for copy in range(37)]
        whole = pd.concat(copies, ignore_index=True).astype(frame.dtypes)
        frames[name] = whole.sort_values(tables.KEYS[name], ignore_index=True)
    codes = frames["areas"]["area_code"].head(COMMUNES)
    kept = {name: frame[frame["area_code"].isin(codes)] for name, frame in frames.items()}
    return replace(data, **kept)


if __name__ == "__main__":
    main()
