"""The clinics that are measured in: made once in a throw-away database, through the product where that is quick."""

import datetime as dt
from functools import cache

from django.db import connection, transaction
from django.utils import timezone

from cryoclinic.bench.preparation import DRUGS
from cryoclinic.demo.clinic import Clinic, furnish
from cryoclinic.demo.furniture import COMMON, LONDON, SKIN, Site, Thing
from cryoclinic.demo.people import Persona, Relative
from cryoclinic.demo.registry import register_one
from scheduling.codes import ResourceKind
from scheduling.models import Appointment, Evidence, MedicationStatement, Patient, ProcedureOffering, Resource
from scheduling.operations import Actor, book_appointment
from scheduling.operations.slots import find_slots

DAYS_BUSY = 90
# 20 of each kind that the offering needs: 60 resources for 3 legs.
_EACH = 20
_THINGS = tuple(
    Thing(kind=kind, name=f"{kind.label} {number}", skills=(skill,))
    for number in range(1, _EACH + 1)
    for kind, skill in (
        (ResourceKind.PRACTITIONER, "dermatology"),
        (ResourceKind.ROOM, "procedure"),
        (ResourceKind.DEVICE, "n2-spray"),
    )
)
BUSY = Site(
    name="Busy house",
    address="1 Long Street, London",
    zone="Europe/London",
    region="",
    days=LONDON.days,
    opens=dt.time(7),
    closes=dt.time(19),
    things=_THINGS,
)
# 90 days, 22 of 25 stretches of 90 minutes from 7:00 taken for 70 or 75: 38,000 rows, 71 % of 12 hours.
_OCCUPY = """
    INSERT INTO scheduling_allocation (resource_id, appointment_id, leg, period, active)
    SELECT resource.id, %(owner)s, 'operator',
           tstzrange(begins, begins + interval '70 minutes' + interval '5 minutes' * ((resource.id + day * 7 + n) %% 2)),
           true
    FROM scheduling_resource AS resource,
         generate_series(%(first_day)s, %(last_day)s) AS day,
         generate_series(0, 7) AS n,
         LATERAL (
             SELECT (date_trunc('day', %(now)s::timestamptz AT TIME ZONE 'Europe/London') + make_interval(
                 days => day, hours => 7, mins => (n * 90 + 5 * ((resource.id * 3 + day + n * 5) %% 4))::int
             )) AT TIME ZONE 'Europe/London' AS begins
         ) AS at
    WHERE resource.location_id = %(location)s AND resource.id > %(after)s AND (resource.id * 7 + day * 3 + n * 11) %% 25 >= 3
"""


@cache
def house() -> Clinic:
    """Return the clinic, with a quiet site (London) and a busy one."""
    with transaction.atomic():
        return furnish(now=timezone.now() - dt.timedelta(days=60), sites=(LONDON, BUSY), only=COMMON)


@cache
def busy_offering() -> ProcedureOffering:
    """Return an offering with three legs and an hour's length, in a diary that is 70 % full for 90 days."""
    offering = house().offerings[BUSY.name, SKIN]
    ProcedureOffering.objects.filter(pk=offering.pk).update(planned_minutes=60)
    offering = ProcedureOffering.objects.with_terms().get(pk=offering.pk)
    now = timezone.now()
    slot = find_slots(
        offering=offering,
        first=now,
        until=now + dt.timedelta(days=170),
        limit=1,
        now=now + dt.timedelta(days=120),
    )[0]
    owner = book_appointment(
        offering=offering,
        patient=patient(0),
        start=slot.start,
        now=now,
        by=Actor(user=house().people["sam"]),
    )
    _occupy(offering, owner=owner, first_day=0, last_day=DAYS_BUSY - 1)
    return offering


def add_history(*, times: int) -> None:
    """Let the busy house have been as busy for so many times ninety days before today."""
    offering = busy_offering()
    owner = Appointment.objects.filter(offering=offering).earliest("id")
    _occupy(offering, owner=owner, first_day=-DAYS_BUSY * times, last_day=-1)


def add_wings(*, times: int) -> None:
    """Let the busy house have so many times more of everything, and all of it as busy."""
    offering = busy_offering()
    rows = list(Resource.objects.at(offering.location).order_by("id"))
    owner = Appointment.objects.filter(offering=offering).earliest("id")
    Resource.objects.bulk_create(
        Resource(location=row.location, kind=row.kind, name=f"{row.name}, wing {wing}", skills=row.skills)
        for wing in range(1, times + 1)
        for row in rows
    )
    _occupy(offering, owner=owner, first_day=0, last_day=DAYS_BUSY - 1, after=rows[-1].pk)


def _occupy(
    offering: ProcedureOffering, *, owner: Appointment, first_day: int, last_day: int, after: int = 0
) -> None:
    values: dict[str, int | dt.datetime | None] = {
        "owner": owner.pk,
        "now": timezone.now(),
        "location": offering.location_id,
        "first_day": first_day,
        "last_day": last_day,
        "after": after,
    }
    with connection.cursor() as cursor:
        cursor.execute(_OCCUPY, values)
        # As autovacuum leaves a diary that has been there for a while.
        cursor.execute("VACUUM ANALYZE scheduling_allocation")
        cursor.execute("ANALYZE")


def takes_medicines() -> Patient:
    """Make a patient who takes eight medicines, with a fresh kidney value; once."""
    who = patient(900)
    today = timezone.now().date()
    MedicationStatement.objects.bulk_create(
        MedicationStatement(patient=who, drug=drug, dose_times=["08:00", "20:00"]) for drug in DRUGS
    )
    Evidence.objects.create(patient=who, item="creatinine_clearance", done_on=today, value=80)
    return who


def patient(number: int, *, carers: int = 0) -> Patient:
    """Make a patient of the clinic, with carers who may be told; each number once."""
    persona = Persona(
        number=number,
        given_name=f"Patient{number}",
        family_name="Bench",
        sex="f",
        birth_date=dt.date(1960, 1, 2),
        language="en",
        abroad=False,
        phone=f"+4420794{number:06}",
        email=f"patient{number}@example.org",
        doses=(),
        conditions=(),
        relatives=tuple(
            Relative(
                given_name=f"Carer{each}",
                relationship="carer",
                phone=f"+4420795{number * 10 + each:06}",
                is_escort=each == 0,
            )
            for each in range(carers)
        ),
    )
    clinic = house()
    return register_one(persona, organization=clinic.organization, now=timezone.now() - dt.timedelta(days=1))
