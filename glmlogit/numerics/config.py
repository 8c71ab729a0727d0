"""What serves on this machine: the compiled row pass or its NumPy twin, instructions, threads, libraries."""

from __future__ import annotations

from dataclasses import dataclass

from glmlogit.numerics import kernels


@dataclass(frozen=True)
class Configuration:
    """How fits are computed here; it prints as a list.

    Attributes
    ----------
    version : str
        Of this package.
    row_pass : str
        Whether passes over rows are compiled, or made by NumPy because the extension was not built.
    instructions : str
        The instruction set chosen when the extension was loaded.
    threads : int
        Processors that this process may use; :class:`~glmlogit.Control` limits them.
    blas : str
        The library behind NumPy's products.
    """

    version: str
    row_pass: str
    instructions: str
    threads: int
    blas: str

    def __str__(self) -> str:
        return "\n".join(
            [
                f"glmlogit {self.version}",
                f"row pass:     {self.row_pass}",
                f"instructions: {self.instructions}",
                f"threads:      {self.threads}",
                f"BLAS:         {self.blas}",
            ]
        )

    __repr__ = __str__


def show_config() -> Configuration:
    """Say how fits are computed on this machine: compiled or not, with which instructions and how many threads.

    Parameters
    ----------
    None

    Returns
    -------
    Configuration

    Notes
    -----
    Without a compiler at installation the NumPy twin serves, with the same numbers to rounding; fits of 10,000 rows
    and more then take longer. *Matches* ``numpy.show_config()`` in purpose.

    Examples
    --------
    >>> gl.show_config().threads >= 1
    True
    """
    import glmlogit

    settings = kernels.config()
    return Configuration(
        glmlogit.__version__, settings["row pass"], settings["instructions"], int(settings["threads"]), settings["BLAS"]
    )
