"""The forms a word takes beside a number. The rules are those of Unicode CLDR 44, plurals for whole numbers."""

from dataclasses import dataclass
from typing import Literal

Category = Literal["one", "few", "many"]
_POLISH_FEW = range(2, 5)
_POLISH_TEENS = range(12, 15)


@dataclass(frozen=True, kw_only=True, slots=True)
class Forms:
    """A word or sentence beside 1, beside 2 to 4 where the language tells them apart, and beside the rest."""

    one: str
    many: str
    few: str = ""

    def beside(self, category: Category) -> str:
        """Return the form for a number of this category."""
        if category == "one":
            return self.one
        return self.few if category == "few" and self.few else self.many


def one_is_single(count: int) -> Category:
    """English and Spanish: 1 is single, 0 is not."""
    return "one" if count == 1 else "many"


def none_is_single(count: int) -> Category:
    """French: 0 and 1 are single."""
    return "one" if count in {0, 1} else "many"


def polish(count: int) -> Category:
    """Polish: 1; 2 to 4, 22 to 24 and so on but not 12 to 14; the rest."""
    if count == 1:
        return "one"
    return "few" if count % 10 in _POLISH_FEW and count % 100 not in _POLISH_TEENS else "many"
