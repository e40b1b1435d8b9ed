"""What is on file about a patient who is known already, in one statement."""

import json
from functools import cache

from psycopg.sql import SQL, Placeholder

from scheduling.models.asking import OF_PATIENT
from scheduling.models.patient import Patient
from scheduling.models.prepared import Prepared
from scheduling.models.rows import as_one_array, remember


def read_file_of(patient: Patient) -> None:
    """
    Have a patient answer from now on with what is on file, as after `with_facts()`, and with their other treatments.

    What was read before stays as it was read.

    :raises Patient.DoesNotExist: if there is no such patient any more
    """
    known = patient.__dict__.get("_prefetched_objects_cache", {})
    if all(name in known for name in ("medications", "conditions", "evidence")):
        return
    rows = _statement().rows(patient=patient.pk)
    if not rows:
        raise Patient.DoesNotExist
    for (name, source), found in zip(OF_PATIENT.items(), json.loads(rows[0][0]), strict=True):
        if name not in known:
            remember(patient, name, source, found)


@cache
def _statement() -> Prepared:
    query = SQL("SELECT {around} FROM scheduling_patient AS p WHERE p.id = {patient}").format(
        around=as_one_array(OF_PATIENT.values()), patient=Placeholder("patient")
    )
    return Prepared(name="on_file", text=query.as_string(), types={"patient": "bigint"})
