"""The words by which patients are found. The database makes them and keeps them in an index, whoever writes the row."""

from collections.abc import Iterable

from django.contrib.postgres.search import SearchQueryField, SearchVectorField
from django.db.models import BooleanField, CharField, F, Func, Value
from django.db.models.functions import Lower


def found_by() -> Func:
    """Return the words by which a patient is found, as the database's own function makes and its index keeps them."""
    return Func(
        F("given_name"),
        F("family_name"),
        F("identifier"),
        F("phone"),
        function="scheduling_found_by",
        output_field=SearchVectorField(),
    )


def plain_number() -> Func:
    """Return the clinic's number of a patient without case and without what parts it: "P-1001" becomes "p1001"."""
    return Func(
        Lower("identifier"),
        Value("[^[:alnum:]]"),
        Value(""),
        Value("g"),
        function="regexp_replace",
        output_field=CharField(),
    )


def has_a_word(beginnings: Iterable[str]) -> Func:
    """Return whether one of a patient's words begins in one of these ways."""
    # Quoted, so that nothing anybody types is an operator.
    quoted = (beginning.replace("\\", r"\\").replace("'", "''") for beginning in beginnings)
    wanted = Func(
        Value(" | ".join(f"'{beginning}':*" for beginning in quoted)),
        template="%(expressions)s::tsquery",
        output_field=SearchQueryField(),
    )
    return Func(
        found_by(), wanted, template="%(expressions)s", arg_joiner=" @@ ", output_field=BooleanField()
    )
