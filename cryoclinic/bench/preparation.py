"""How long the preparation engine takes for one case."""

import json

from cryoclinic.bench.figures import Figure, compared, medians
from procedures.preparation import parse_case, prepare

BATCH = 20
RUNS = 41
DRUGS = (
    "apixaban", "clopidogrel", "metformin", "semaglutide", "empagliflozin", "insulin glargine", "ramipril", "ibuprofen",
)  # fmt: skip
CASE = {
    "id": "bench",
    "procedure": "renal_cryo",
    "anaesthesia": "moderate_sedation",
    "guidance": "ct",
    "contrast": "iodinated_iv",
    "start": "2027-03-16T09:00:00+00:00",
    "timezone": "Europe/London",
    "booked_on": "2027-03-01",
    "patient": {
        "age_years": 67,
        "sex": "f",
        "language": "en",
        "creatinine_clearance": 62,
        "egfr": 58,
        "conditions": ["atrial_fibrillation", "type_2_diabetes", "hypertension"],
        "medications": [{"drug": drug, "dose_times": ["08:00", "20:00"]} for drug in DRUGS],
    },
    "evidence": [{"item": item, "on": "2027-03-02"} for item in ("consent", "haemoglobin", "platelet_count")],
}


def prepare_ms() -> Figure:
    """Measure `prepare` for a patient with eight medicines."""
    case = parse_case(CASE)

    def ours() -> None:
        for _ in range(BATCH):
            prepare(case)

    def floor() -> None:
        for _ in range(BATCH):
            json.loads(json.dumps(CASE))

    taken, read = medians(ours, floor, runs=RUNS)
    return compared(
        name="prepare_ms",
        unit="ms",
        ours=taken / BATCH,
        floor=read / BATCH,
        beside="writing and reading the same case as JSON",
    )
