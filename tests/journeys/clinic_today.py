"""A clinic with the starter protocol in force by the real clock, awake all night."""

import datetime as dt

from builders import LONDON, Clinic, make_clinic, make_patient, make_resource
from django.utils import timezone

from cryoclinic.accounts.models import Location
from procedures.catalogue import builtin_files
from procedures.models import Protocol
from procedures.operations.catalogue import load_catalogue
from procedures.operations.protocols import approve_protocol, submit_protocol
from scheduling.codes import Relationship
from scheduling.models import Appointment, Patient, ProcedureOffering, RelatedPerson
from scheduling.operations import book_appointment


def clinic_today() -> Clinic:
    """Make the clinic; its protocol has been in force since yesterday."""
    clinic = make_clinic()
    now = timezone.now()
    renal = [path for path in builtin_files() if path.stem == "renal_cryo"]
    load_catalogue(
        organization=clinic.organization, files=renal, loaded_by=clinic.cleo, now=now - dt.timedelta(9)
    )
    protocol = Protocol.objects.get(organization=clinic.organization, status="draft")
    submit_protocol(protocol=protocol, by=clinic.cleo, now=now - dt.timedelta(8))
    protocol.refresh_from_db()
    yesterday = now.date() - dt.timedelta(1)
    approve_protocol(protocol=protocol, by=clinic.dov, active_from=yesterday, now=now - dt.timedelta(7))
    protocol.refresh_from_db()
    for leg in protocol.procedure_type.legs.all():
        for number in range(leg.count):
            make_resource(
                clinic.london,
                kind=leg.role,
                name=f"{leg.key} {number + 1} of the catalogue",
                skills=[leg.skill],
            )
    ProcedureOffering.objects.filter(location=clinic.london).update(protocol=protocol)
    # The night is one minute long, and half a day away.
    night = now.astimezone(LONDON) + dt.timedelta(hours=12)
    quiet_from, quiet_until = night.time(), (night + dt.timedelta(minutes=1)).time()
    Location.objects.filter(pk=clinic.london.pk).update(quiet_from=quiet_from, quiet_until=quiet_until)
    clinic.offering.refresh_from_db()
    return clinic


def book_someone(clinic: Clinic) -> Appointment:
    """Book a new patient, who is told at once: a routine message."""
    return _book(clinic, make_patient(clinic.organization))


def book_child(clinic: Clinic) -> Appointment:
    """Book a child with a guardian, who is told at once: a safety message."""
    child = make_patient(clinic.organization, birth_date=timezone.now().date() - dt.timedelta(days=3000))
    RelatedPerson.objects.create(
        patient=child, relationship=Relationship.GUARDIAN, given_name="Gus", family_name="Novak",
        phone=f"+4479461{child.pk:05}", consented_at=timezone.now(),
    )  # fmt: skip
    return _book(clinic, child, override_reason="Prepared with the parents by phone.")


def _book(clinic: Clinic, patient: Patient, **fields: str) -> Appointment:
    """Book for the next free weekday two weeks ahead or more, at nine or at one."""
    now = timezone.now()
    days, afternoon = divmod(Appointment.objects.count(), 2)
    today = now.astimezone(LONDON).date()
    day = today + dt.timedelta(days=21 - today.weekday() + days // 5 * 7 + days % 5)
    start = dt.datetime.combine(day, dt.time(13 if afternoon else 9), tzinfo=LONDON)
    return book_appointment(
        offering=clinic.offering, patient=patient, start=start, now=now, by=clinic.staff, **fields
    )
