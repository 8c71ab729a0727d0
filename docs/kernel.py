"""What a kernel runs before it executes a page: pictures say in their files what they show."""

from IPython.core import pylabtools

from glmlogit.documents.picture_file import described

PLAIN = pylabtools.print_figure


def print_figure(figure, fmt="png", **options):
    """A picture as the inline backend makes it, with the description of its Axes."""
    words = described(figure)
    return PLAIN(figure, fmt, **options, **({"metadata": {"Description": words}} if words else {}))


pylabtools.print_figure = print_figure
