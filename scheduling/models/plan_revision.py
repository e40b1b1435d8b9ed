"""
The triggers that raise `Appointment.plan_revision`.

In the database, so that the admin, an import and a shell cannot change what a plan reads without the plan being
made again. Nothing here decides; it only counts.
"""

import pgtrigger

# A plan may still owe something about these. Aftercare reaches far, but not beyond a year after the visit.
_STILL_PLANNED = """
    status IN ('proposed', 'booked', 'arrived')
    OR (status IN ('fulfilled', 'cancelled') AND upper(period) > now() - interval '1 year')
"""


def raises_plan_revision(*, name: str, appointments: str, only_updates: bool = False) -> pgtrigger.Trigger:
    """
    Return a trigger that raises the plan revision of the `appointments` a changed row concerns.

    `appointments` is a condition on `scheduling_appointment` in which `changed` stands for the row. With
    `only_updates` a new or deleted row concerns nobody.
    """
    return pgtrigger.Trigger(
        name=name,
        operation=pgtrigger.Update
        if only_updates
        else pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        when=pgtrigger.After,
        declare=[("changed", "record")],
        # The conditions are written in this package; no value from outside reaches the text.
        func=f"""
            IF TG_OP = 'UPDATE' AND to_jsonb(NEW) = to_jsonb(OLD) THEN RETURN NULL; END IF;
            changed := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
            UPDATE scheduling_appointment SET plan_revision = plan_revision + 1
            WHERE ({appointments}) AND ({_STILL_PLANNED});
            RETURN NULL;
        """,  # noqa: S608
    )


def of_patient(name: str) -> pgtrigger.Trigger:
    """Return the trigger for a row that has a `patient_id`."""
    return raises_plan_revision(name=name, appointments="patient_id = changed.patient_id")


def of_appointment(name: str) -> pgtrigger.Trigger:
    """Return the trigger for a row that has an `appointment_id`."""
    return raises_plan_revision(name=name, appointments="id = changed.appointment_id")
