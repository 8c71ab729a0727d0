"""One Table 2 in five styles and three languages, as Word, Excel, HTML and LaTeX, to be looked at.

``python docs/styles.py FOLDER`` writes the files; where LibreOffice and pdftoppm are installed, pictures of them too.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import glmlogit as gl
from glmlogit.documents.style import STYLES

LANGUAGES = ("en", "de", "fr")
LABELS = {
    "low": "low birth weight",
    "age": "Age, years",
    "lwt": "Weight, lb",
    "race": "Race",
    "smoke": {0: "no", 1: "yes"},
    "ptl": "Premature labours",
}


def main(folder: Path) -> None:
    """Write the files, and their pictures where the programs for them are installed."""
    folder.mkdir(parents=True, exist_ok=True)
    births = gl.datasets.birthwt()
    births.attrs["labels"] = {"smoke": "Smoking"}
    table = gl.table("low ~ age + lwt + C(race) + smoke + ptl", births, units={"age": 5, "lwt": 20}, labels=LABELS)
    for style in STYLES:
        for language in LANGUAGES:
            for suffix in ("docx", "xlsx", "html", "tex"):
                table.write(folder / f"table_2_{style}_{language}.{suffix}", style=style, language=language)
    draw(folder)


def draw(folder: Path) -> None:
    """Pictures of the documents, a page each."""
    office, pages = shutil.which("soffice"), shutil.which("pdftoppm")
    if office is None or pages is None:
        print("No pictures: they need LibreOffice and pdftoppm.")
        return
    documents = [str(path) for suffix in ("docx", "xlsx") for path in sorted(folder.glob(f"*.{suffix}"))]
    subprocess.run([office, "--headless", "--convert-to", "pdf", "--outdir", str(folder), *documents], check=False)
    for path in sorted(folder.glob("*.pdf")):
        subprocess.run([pages, "-r", "80", "-png", "-singlefile", str(path), str(path.with_suffix(""))], check=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
