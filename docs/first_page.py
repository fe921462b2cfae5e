"""Draw the picture of README: the first page of a report of the embedded data set."""

import tempfile
from pathlib import Path

import pypdfium2

import povlib

PICTURE = Path(__file__).parent / "first-page.png"
COMMUNE = "01906"  # Xã Ba Bể
WIDTH = 1000  # pixels


def main() -> None:
    """Make the report aside and draw its first page."""
    case = povlib.scenario.load("thai-nguyen").model_copy(update={"areas": [COMMUNE]})
    with tempfile.TemporaryDirectory() as folder:
        povlib.batch.run(case, output=Path(folder), languages=["en"])
        page = pypdfium2.PdfDocument(next(Path(folder).rglob("report.pdf")))[0]
        drawn = page.render(scale=WIDTH / page.get_width()).to_pil()
        drawn.quantize(64).save(PICTURE, optimize=True)  # few colours: a tenth of the size


if __name__ == "__main__":
    main()
