"""What the demo clinic consists of: sites, people at work, rooms and devices. Values only."""

import datetime as dt
from dataclasses import dataclass

from cryoclinic.accounts.codes import Role, Weekday
from scheduling.codes import ResourceKind

SLUG = "northside"
NAME = "Northside Clinic"
PHONE = "+442079460000"
PHONE_HOURS = "every day, 8:00 in the morning to 6:00 in the evening"

WEEK = tuple(Weekday.values)
WORKDAYS = WEEK[:5]

KIDNEY, BACK, SKIN = "renal_cryo", "cryoneurolysis_facet_lumbar", "skin_actinic_keratosis"
HEART, CERVIX, EYE = "af_cryoballoon", "cervix_cryo", "retinoblastoma_cryo"
LIVER, LUNG, BONE = "hepatic_cryo_metastasis", "lung_cryo", "bone_cryo"
KNEE, RIBS = "cryoneurolysis_genicular", "cryoneurolysis_intercostal"
COMMON = (KIDNEY, BACK, SKIN)


@dataclass(frozen=True, kw_only=True, slots=True)
class Thing:
    """A resource of a site; `login` names the member of staff it is."""

    kind: ResourceKind
    name: str
    skills: tuple[str, ...] = ()
    login: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Site:
    """A location; hours are wall-clock times of its zone, half-open."""

    name: str
    address: str
    zone: str
    region: str
    days: tuple[str, ...]
    opens: dt.time
    closes: dt.time
    things: tuple[Thing, ...]
    phone: str = ""
    phone_hours: str = ""
    emergency_number: str = ""
    offers: tuple[str, ...] = COMMON


@dataclass(frozen=True, kw_only=True, slots=True)
class Colleague:
    """Somebody who works at the clinic. Only who `signs_in` gets a password."""

    login: str
    given_name: str
    family_name: str
    role: Role
    signs_in: bool = False


COLLEAGUES = (
    Colleague(login="sam", given_name="Sam", family_name="Okafor", role=Role.SCHEDULER, signs_in=True),
    Colleague(login="nora", given_name="Nora", family_name="Lindqvist", role=Role.NURSE, signs_in=True),
    Colleague(login="cleo", given_name="Cleo", family_name="Marchetti", role=Role.CLINICIAN, signs_in=True),
    Colleague(login="admin", given_name="Ada", family_name="Brandt", role=Role.ADMINISTRATOR, signs_in=True),
    Colleague(login="dov", given_name="Dov", family_name="Aharoni", role=Role.CLINICIAN),
    Colleague(login="ines", given_name="Ines", family_name="Carvalho", role=Role.CLINICIAN),
    Colleague(login="ravi", given_name="Ravi", family_name="Menon", role=Role.CLINICIAN),
    Colleague(login="june", given_name="June", family_name="Hartley", role=Role.CLINICIAN),
    Colleague(login="elif", given_name="Elif", family_name="Demir", role=Role.CLINICIAN),
    Colleague(login="hugo", given_name="Hugo", family_name="Lambert", role=Role.CLINICIAN),
    Colleague(login="bea", given_name="Bea", family_name="Nowak", role=Role.NURSE),
    Colleague(login="otto", given_name="Otto", family_name="Keller", role=Role.NURSE),
)

_P, _R, _D, _B = ResourceKind.PRACTITIONER, ResourceKind.ROOM, ResourceKind.DEVICE, ResourceKind.BAY
_E = ResourceKind.EQUIPMENT

LONDON = Site(
    name="Northside London",
    address="12 Calder Street, London NW5 2QX",
    zone="Europe/London",
    region="GB-ENG",
    days=WEEK,
    opens=dt.time(7, 30),
    closes=dt.time(20),
    things=(
        Thing(kind=_P, name="Dr Marchetti", skills=("interventional-radiology",), login="cleo"),
        Thing(
            kind=_P, name="Dr Aharoni", skills=("interventional-radiology", "pain-intervention"), login="dov"
        ),
        Thing(kind=_P, name="Dr Carvalho", skills=("anaesthesia", "pain-intervention"), login="ines"),
        Thing(kind=_P, name="Dr Menon", skills=("dermatology", "gynaecology"), login="ravi"),
        Thing(kind=_P, name="Dr Demir", skills=("electrophysiology",), login="elif"),
        Thing(kind=_P, name="Dr Lambert", skills=("ophthalmology", "anaesthesia"), login="hugo"),
        Thing(kind=_P, name="Nurse Lindqvist", skills=("nurse",), login="nora"),
        Thing(kind=_P, name="Nurse Nowak", skills=("nurse",), login="bea"),
        Thing(kind=_R, name="CT room", skills=("ct",)),
        Thing(kind=_R, name="Procedure room", skills=("procedure",)),
        Thing(kind=_R, name="Theatre", skills=("theatre", "procedure")),
        Thing(kind=_R, name="Heart lab", skills=("ep-lab",)),
        Thing(kind=_D, name="Argon console", skills=("cryo-console-argon",)),
        Thing(kind=_D, name="Nitrous oxide console", skills=("cryo-console-n2o",)),
        Thing(kind=_D, name="Balloon console", skills=("cryoballoon-console",)),
        Thing(kind=_D, name="C-arm", skills=("c-arm",)),
        Thing(kind=_D, name="Ultrasound", skills=("ultrasound",)),
        Thing(kind=_D, name="Nitrogen spray", skills=("n2-spray",)),
        Thing(kind=_E, name="Warming blanket", skills=("warming-blanket",)),
        Thing(kind=_B, name="Bay 1", skills=("recovery",)),
        Thing(kind=_B, name="Bay 2", skills=("recovery",)),
        Thing(kind=_B, name="Bay 3", skills=("recovery",)),
    ),
    offers=(*COMMON, HEART, CERVIX, EYE, LIVER, LUNG, BONE, KNEE, RIBS),
)
NEW_YORK = Site(
    name="Northside New York",
    address="340 East 22nd Street, New York, NY 10010",
    zone="America/New_York",
    region="US-NY",
    phone="+12125550100",
    phone_hours="Monday to Friday, 8:00 in the morning to 6:00 in the evening",
    emergency_number="911",
    days=WORKDAYS,
    opens=dt.time(7),
    closes=dt.time(19),
    things=(
        Thing(
            kind=_P,
            name="Dr Hartley",
            skills=("interventional-radiology", "pain-intervention", "dermatology"),
            login="june",
        ),
        Thing(kind=_P, name="Dr Ferris", skills=("anaesthesia",)),
        Thing(kind=_P, name="Nurse Keller", skills=("nurse",), login="otto"),
        Thing(kind=_R, name="CT room", skills=("ct",)),
        Thing(kind=_R, name="Procedure room", skills=("procedure",)),
        Thing(kind=_D, name="Argon console", skills=("cryo-console-argon",)),
        Thing(kind=_D, name="Nitrous oxide console", skills=("cryo-console-n2o",)),
        Thing(kind=_D, name="C-arm", skills=("c-arm",)),
        Thing(kind=_D, name="Nitrogen spray", skills=("n2-spray",)),
        Thing(kind=_B, name="Bay 1", skills=("recovery",)),
        Thing(kind=_B, name="Bay 2", skills=("recovery",)),
    ),
    offers=COMMON,
)
SITES = (LONDON, NEW_YORK)
