import pytest
from django.urls import reverse
from staff_records import record_everything

pytestmark = pytest.mark.slow


def test_all(clinic, nurse, clinician):
    a = record_everything(clinic)
    for c in (nurse, clinician):
        for name in ("today", "tasks"):
            r = c.get(reverse(f"work:{name}"), {"day": "2027-03-16", "at": str(clinic.london.uid)})
            assert r.status_code == 200, name
        for name in ("appointment", "move", "cancel", "end", "medicines"):
            r = c.get(reverse(f"work:{name}", args=[a.uid]))
            assert r.status_code == 200, name
        r = c.get("/staff/nothing/")
        assert r.status_code == 404
