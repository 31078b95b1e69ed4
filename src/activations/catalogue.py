"""Every record of the course, by family, in teaching order."""

import difflib
import importlib
from collections.abc import Iterator, Mapping

from activations.core import Activation, VectorActivation

__all__ = ["Catalogue", "catalogue"]

# The order in which the chapters are taught.
FAMILIES = ("threshold", "sigmoidal", "rectified", "exponential", "gated", "shrinkage", "softmax", "periodic")


class Catalogue(Mapping):
    """A mapping from name to record, in teaching order; looking up an alias finds its record too.

    Parameters
    ----------
    families : mapping of str to tuple of records
        The records of each family, both in teaching order.

    Raises
    ------
    ValueError
        If two records share a name or an alias.

    Examples
    --------
    >>> from activations import catalogue
    >>> catalogue["logistic"].name
    'sigmoid'
    """

    def __init__(self, families: Mapping[str, tuple[Activation | VectorActivation, ...]]):
        self.families = dict(families)
        self._records = {}
        self._names = {}
        for record in (r for records in self.families.values() for r in records):
            self._records[record.name] = record
            for name in (record.name, *record.aliases):
                if name in self._names:
                    raise ValueError(f"two records are called {name!r}: {self._names[name]} and {record}")
                self._names[name] = record

    def __getitem__(self, name: str) -> Activation | VectorActivation:
        try:
            return self._names[name]
        except (KeyError, TypeError):
            close = difflib.get_close_matches(str(name), self._names, n=3)
            hint = (
                f"did you mean {' or '.join(map(repr, close))}?"
                if close
                else f"known: {', '.join(self._names)}"
            )
            raise KeyError(f"no activation function called {name!r}; {hint}") from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._records)

    def __len__(self) -> int:
        return len(self._records)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name in self._names

    def __repr__(self) -> str:
        return f"<Catalogue of {len(self)} activation functions in {len(self.families)} families>"


def _records_of(family: str) -> tuple[Activation | VectorActivation, ...]:
    """The records that a family module defines, in the order in which it defines them."""
    names = vars(importlib.import_module(f"activations.{family}"))
    records = (
        v for v in names.values() if isinstance(v, Activation | VectorActivation) and v.family == family
    )
    return tuple(dict.fromkeys(records))  # an alias is a second name for the same record


catalogue = Catalogue({family: _records_of(family) for family in FAMILIES})
