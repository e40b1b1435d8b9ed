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


# Whoever books locks the patient first. So either the booking waits for the row and is planned with it, or the row waits
# for the booking and raises its revision: no booking is planned without a row that was being written meanwhile.
_AFTER_BOOKINGS = "PERFORM FROM scheduling_patient WHERE id = changed.patient_id FOR NO KEY UPDATE; "


def raises_plan_revision(
    *, name: str, appointments: str, only_updates: bool = False, first: str = ""
) -> pgtrigger.Trigger:
    """
    Return a trigger that raises the plan revision of the `appointments` a changed row concerns.

    `appointments` is a condition on `scheduling_appointment` in which `changed` stands for the row; `first` a statement
    that comes before. With `only_updates` a new or deleted row concerns nobody.
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
            {first}UPDATE scheduling_appointment SET plan_revision = plan_revision + 1
            WHERE ({appointments}) AND ({_STILL_PLANNED});
            RETURN NULL;
        """,  # noqa: S608
    )


def of_patient(name: str) -> pgtrigger.Trigger:
    """Return the trigger for a row that has a `patient_id`."""
    return raises_plan_revision(
        name=name, appointments="patient_id = changed.patient_id", first=_AFTER_BOOKINGS
    )


def of_appointment(name: str) -> pgtrigger.Trigger:
    """Return the trigger for a row that has an `appointment_id`."""
    return raises_plan_revision(name=name, appointments="id = changed.appointment_id")
