"""Sphinx configuration: sphinx-build -W -b html docs docs/_build/html"""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING

from docutils import nodes
from PIL import Image

import glmlogit

if TYPE_CHECKING:
    from sphinx.application import Sphinx

project = "glmlogit"
author = "The glmlogit developers"
copyright = author
version = release = glmlogit.__version__

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.autosummary", "sphinx.ext.viewcode", "numpydoc"]
exclude_patterns = ["_build", "**.ipynb_checkpoints", "jupyter_execute"]
source_suffix = {".md": "myst-nb"}
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_in_temp = True
nb_execution_timeout = 120
nb_merge_streams = True
# A package of colours turns on the messages of all others.
for name in ("traitlets", "numexpr"):
    logging.getLogger(name).setLevel(logging.WARNING)

autosummary_generate = False
autodoc_typehints = "none"
autodoc_member_order = "bysource"
# scikit-learn gives its estimators methods of metadata routing, with links into its own documentation.
ROUTED = ("fit", "score", "predict", "predict_proba", "predict_log_proba", "decision_function")
REQUESTS = ", ".join(f"set_{method}_request" for method in ROUTED)
autodoc_default_options = {"exclude-members": f"__init__, get_metadata_routing, {REQUESTS}"}
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False
numpydoc_attributes_as_param_list = True

html_theme = "furo"
html_title = f"glmlogit {release}"
html_static_path = ["_static"]
html_css_files = ["glmlogit.css"]
html_copy_source = False

DOCS = Path(__file__).parent
VIGNETTES = DOCS.parent / "vignettes"
os.environ["PYTHONSTARTUP"] = str(DOCS / "kernel.py")


def copy_vignettes(app: Sphinx) -> None:
    """Bring the vignettes into the source tree, where Sphinx can execute them.

    Their links into docs/ become links within the site, and included outputs are one folder further. A file is
    written only when its text changed.
    """
    target = DOCS / "vignettes"
    target.mkdir(exist_ok=True)
    texts = {source.name: source.read_text(encoding="utf-8") for source in VIGNETTES.glob("*.md")}
    for name, text in texts.items():
        text = text.replace("](../docs/", "](../").replace("{literalinclude} ../", "{literalinclude} ../../")
        copy = target / name
        if not copy.exists() or copy.read_text(encoding="utf-8") != text:
            copy.write_text(text, encoding="utf-8")
    for copy in target.glob("*.md"):
        if copy.name not in texts:
            copy.unlink()


def say_what_pictures_show(app: Sphinx, doctree: nodes.document) -> None:
    """Give pictures that were drawn on a page the description in their files (kernel.py), in place of a file's name."""
    for image in doctree.findall(nodes.image):
        path = Path(app.srcdir) / image["uri"].lstrip("/")
        if "alt" not in image and path.suffix == ".png" and path.is_file():
            with Image.open(path) as picture:
                image["alt"] = picture.info.get("Description", "")


def setup(app: Sphinx) -> None:
    """Register the steps before and after pages are read."""
    app.connect("builder-inited", copy_vignettes)
    app.connect("doctree-read", say_what_pictures_show)
