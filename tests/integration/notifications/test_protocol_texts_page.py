"""Every text of a version on one page, for whoever is to approve it."""

import pytest
from builders import Clinic
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from procedures.models.reading import steps_of

pytestmark = pytest.mark.slow


def page(clinic: Clinic, user: object, **query: str) -> HttpResponse:
    client = Client()
    client.force_login(user)
    return client.get(reverse("work:protocol-texts", args=[clinic.offering.protocol.uid]), query)


@pytest.mark.parametrize(("asked", "shown"), [("en", "en"), ("pl", "pl"), ("xx", "en")])
def test_every_text_of_a_language_is_shown(northside: Clinic, asked: str, shown: str) -> None:
    answer = page(northside, northside.cleo, language=asked)

    notices = [notice for step in steps_of(northside.offering.protocol) for notice in step.notices]
    texts = [text.sms for notice in notices for text in notice.texts if text.language == shown]
    read = answer.content.decode()
    assert answer.context["language"] == shown
    assert [text for text in texts if escape(text) not in read] == []


def test_nobody_of_another_clinic_reads_them(northside: Clinic) -> None:
    assert page(northside, northside.omar).status_code in {403, 404}
