"""One Table 2 in five styles and three languages, as Word, Excel, HTML and LaTeX show it: pictures to be looked at.

``python docs/rendered.py FOLDER`` writes the files and, where the programs for them are installed, contact sheets:
``word.png`` and ``excel.png`` (LibreOffice and pdftoppm), ``html-light.png``, ``html-dark.png`` and both inside
JupyterLab's own style sheet (Chromium; nbconvert brings the style sheet), ``latex.png`` (pdflatex).
"""

from __future__ import annotations

import html
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from jupyter_core.paths import jupyter_path
from PIL import Image, ImageChops

import glmlogit as gl
from glmlogit.documents.style import STYLES

LANGUAGES = ("en", "de", "fr")
SUFFIXES = ("docx", "xlsx", "html", "tex")
LABELS = {
    "low": "low birth weight",
    "age": "Age, years",
    "lwt": "Weight before the pregnancy, lb",
    "race": ("Race", {"white": "White", "black": "Black", "other": "Other"}),
    "smoke": ("Smoking", {0: "No", 1: "Yes"}),
    "ht": ("Hypertension", {0: "No", 1: "Yes"}),
    "ui": ("Uterine irritability", {0: "No", 1: "Yes"}),
}
CHROMIUM = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
]
PREAMBLE = r"""\documentclass{article}
\usepackage[T1]{fontenc}
\usepackage{booktabs,textcomp,graphicx,lmodern}
\pagestyle{empty}
"""
THEMES = {"light": 1, "dark": 0}  # Chromium's preferredColorScheme


def table_2() -> gl.AssociationTable:
    """Crude and adjusted odds ratios of low birth weight, with units and labels."""
    births = gl.datasets.birthwt()
    formula = "low ~ age + lwt + C(race) + C(smoke) + C(ht) + C(ui)"
    return gl.table(formula, births, units={"age": 5, "lwt": 20}, labels=LABELS)


def write_tables(folder: Path, suffixes: Iterable[str] = SUFFIXES) -> list[str]:
    """Write Table 2 in every style, language and format; the stems of the files, a row of languages a style."""
    table = table_2()
    stems = []
    for style in STYLES:
        for language in LANGUAGES:
            stems.append(f"{style}-{language}")
            for suffix in suffixes:
                table.write(folder / f"{stems[-1]}.{suffix}", style=style, language=language)
    return stems


# --- pictures ---------------------------------------------------------------------------------------
def lacks(what: str, *programs: str) -> bool:
    """Whether a program is not installed, which is said."""
    absent = [program for program in programs if shutil.which(program) is None]
    if absent:
        print(f"No pictures of {what}: {', '.join(absent)} not installed.")
    return bool(absent)


def pages(document: Path, dots: int = 100) -> list[Image.Image]:
    """Pictures of the pages of a PDF file, without their margins."""
    with tempfile.TemporaryDirectory() as name:
        subprocess.run(["pdftoppm", "-r", str(dots), "-png", document, Path(name) / "page"], check=True)
        return [trimmed(Image.open(path).convert("RGB")) for path in sorted(Path(name).iterdir())]


def trimmed(picture: Image.Image) -> Image.Image:
    """A picture without the empty paper around it."""
    box = ImageChops.difference(picture, Image.new("RGB", picture.size, picture.getpixel((0, 0)))).getbbox()
    return picture.crop(box) if box else picture


def contact_sheet(pictures: Sequence[Image.Image], path: Path, columns: int = len(LANGUAGES), gap: int = 24) -> None:
    """Write pictures side by side, in rows."""
    rows = [pictures[start : start + columns] for start in range(0, len(pictures), columns)]
    widths = [max(row[j].width for row in rows if j < len(row)) for j in range(columns)]
    heights = [max(picture.height for picture in row) for row in rows]
    sheet = Image.new("RGB", (sum(widths) + gap * (columns + 1), sum(heights) + gap * (len(rows) + 1)), "white")
    for i, row in enumerate(rows):
        for j, picture in enumerate(row):
            sheet.paste(picture, (sum(widths[:j]) + gap * (j + 1), sum(heights[:i]) + gap * (i + 1)))
    sheet.save(path)


def office(folder: Path, stems: Sequence[str], suffix: str, sheet: str) -> None:
    """What LibreOffice prints of documents: the last page, which has the formatted sheet of a workbook."""
    with tempfile.TemporaryDirectory() as name:
        documents = [folder / f"{stem}.{suffix}" for stem in stems]
        command = ["soffice", f"-env:UserInstallation=file://{name}/profile", "--headless", "--convert-to", "pdf"]
        subprocess.run([*command, "--outdir", name, *documents], check=True, capture_output=True)
        contact_sheet([pages(Path(name) / f"{stem}.pdf")[-1] for stem in stems], folder / sheet)


def latex(folder: Path, stems: Sequence[str]) -> None:
    """What pdflatex makes of the fragments, each on a page."""
    body = "\n".join(f"\\input{{{stem}}}\\clearpage" for stem in stems)
    (folder / "tables.tex").write_text(f"{PREAMBLE}\\begin{{document}}\n{body}\n\\end{{document}}\n", "utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "tables.tex"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    contact_sheet(pages(folder / "tables.pdf"), folder / "latex.png")


def browser(folder: Path, stems: Sequence[str], theme: str, sheets: Path | None = None) -> None:
    """What Chromium shows of the pages, by themselves or as JupyterLab does, in a light or a dark theme."""
    path = folder / f"{'jupyterlab' if sheets else 'html'}-{theme}"
    texts = [(folder / f"{stem}.html").read_text("utf-8") for stem in stems]
    frames = "".join(
        f'<iframe srcdoc="{html.escape(output(t, sheets, theme) if sheets else t)}"></iframe>' for t in texts
    )
    style = "iframe { width: 1000px; height: 780px; border: 1px solid gray; margin: 4px }"
    head = f'<meta charset="utf-8"><meta name="color-scheme" content="light dark"><style>{style}</style>'
    path.with_suffix(".html").write_text(f"<!DOCTYPE html>{head}{frames}", "utf-8")
    with tempfile.TemporaryDirectory() as profile:
        options = [f"--user-data-dir={profile}", f"--blink-settings=preferredColorScheme={THEMES[theme]}"]
        size = f"--window-size={1014 * len(LANGUAGES) + 20},{794 * len(STYLES) + 20}"
        picture = f"--screenshot={path.with_suffix('.png')}"
        address = path.with_suffix(".html").as_uri()
        subprocess.run(["chromium", *CHROMIUM, *options, size, picture, address], check=True, capture_output=True)


def style_sheets() -> Path | None:
    """The folder of JupyterLab's style sheets, in nbconvert's data or a folder of JUPYTER_PATH."""
    folders = [Path(start) / "nbconvert" / "templates" / "lab" / "static" for start in jupyter_path()]
    return next((folder for folder in folders if folder.is_dir()), None)


def output(page: str, sheets: Path, theme: str) -> str:
    """A page as JupyterLab shows the output of a cell."""
    fragment = page.partition("<main>")[2].partition("</main>")[0]
    styles = "".join(
        f"<style>{(sheets / name).read_text('utf-8')}</style>" for name in ("index.css", f"theme-{theme}.css")
    )
    light = str(theme == "light").lower()
    body = f'<body class="jp-Notebook" data-jp-theme-light="{light}" data-jp-theme-name="JupyterLab {theme.title()}">'
    outer = ("jp-Cell jp-CodeCell jp-Notebook-cell", "jp-Cell-outputWrapper", "jp-OutputArea", "jp-OutputArea-child")
    inner = "jp-RenderedHTMLCommon jp-RenderedHTML jp-OutputArea-output jp-OutputArea-executeResult"
    shown = "".join(f'<div class="{name}">' for name in (*outer, inner))
    return f'<!DOCTYPE html><meta charset="utf-8">{styles}{body}{shown}{fragment}'


def main(folder: Path) -> None:
    """Write the tables and their pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    stems = write_tables(folder)
    if not lacks("Word and Excel", "soffice", "pdftoppm"):
        office(folder, stems, "docx", "word.png")
        office(folder, stems, "xlsx", "excel.png")
    if not lacks("LaTeX", "pdflatex", "pdftoppm"):
        latex(folder, stems)
    if not lacks("HTML", "chromium"):
        for theme in THEMES:
            browser(folder, stems, theme)
            if sheets := style_sheets():
                browser(folder, stems, theme, sheets)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python docs/rendered.py FOLDER")
    main(Path(sys.argv[1]))
