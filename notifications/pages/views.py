"""The views behind a link. Reading changes nothing; what changes something is a form."""

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.csrf import rotate_token
from django.shortcuts import redirect
from django.utils import timezone

from notifications.dispatch.compose import token_sha256
from notifications.operations.access import Reader, WrongDate, admit, reader_of
from notifications.operations.offered import NEEDS_A_PERSON, answer_offer
from notifications.operations.page_answers import VisitChanged, answer_visit, report_problem
from notifications.operations.today import (
    Clinic,
    Page,
    clinic_of,
    counted,
    page_of,
    phone_now,
    put,
    reading_said,
    speaker_of,
)
from notifications.pages import session
from notifications.pages.base import PatientPage, message, only_clinic, shown, stale
from notifications.pages.forms import AnswerForm, BirthDateForm, ProblemForm, letters
from notifications.pages.language import tongues, words_of
from notifications.pages.offers import offer_by_phone, offer_page
from scheduling.codes import AnswerCode
from scheduling.operations.offers import OfferIsGone

SEE_OTHER = 303
UNPROCESSABLE = 422


class Door(PatientPage):
    """Ask for the date of birth: the same page for every key, good or bad."""

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        form = BirthDateForm(initial={"token": token}, words=words_of(request))
        return _door(request, form, tongues=tongues())


class Open(PatientPage):
    """Let in whoever knows the date of birth."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return message(request, "closed", status=403)

    def post(self, request: HttpRequest) -> HttpResponse:
        form = BirthDateForm(request.POST, words=words_of(request))
        if not form.is_valid():
            return _door(request, form, status=UNPROCESSABLE)
        key = token_sha256(form.cleaned_data["token"])
        try:
            link = admit(token_sha256=key, birth_date=form.cleaned_data["birth_date"], now=timezone.now())
        except WrongDate as error:
            form.add_error(None, form.words.wrong_date)
            return _door(request, form, status=UNPROCESSABLE, wrong=error)
        rotate_token(request)
        response = _see_other("page-plan")
        session.keep(response, session.opened(link_id=link.pk, token_sha256=key))
        return response


class OpenedPage(PatientPage):
    """A page for whoever has been let in."""

    def leave(self, request: HttpRequest, response: HttpResponseBase) -> None:
        """Let the page stay open, unless this answer closes it."""
        opened = session.read(request)
        if (
            opened is not None
            and isinstance(response, HttpResponse)
            and session.COOKIE not in response.cookies
        ):
            session.keep(response, opened)

    def reader(self) -> Reader:
        """
        Return who is at the page.

        :raises NotOpen, LinkGone, NotShared: if nobody is, or no longer
        """
        opened = session.read(self.request)
        if opened is None:
            raise session.NotOpen
        reader = reader_of(link_id=opened.link_id, token_sha256=opened.token_sha256, now=timezone.now())
        self.link = reader.link
        return reader


class Plan(OpenedPage):
    """Today's truth."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return _plan(request, self.reader())


class Answer(OpenedPage):
    """Take the answer whether the patient comes."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return _see_other("page-plan")

    def post(self, request: HttpRequest) -> HttpResponse:
        reader, form = self.reader(), AnswerForm(request.POST)
        if not form.is_valid():
            return stale(request, status=UNPROCESSABLE, link=reader.link)
        answer, about_start = AnswerCode(form.cleaned_data["answer"]), form.cleaned_data["about_start"]
        try:
            answer_visit(reader=reader, answer=answer, about_start=about_start, now=timezone.now())
        except VisitChanged:
            return _plan(request, self.reader(), refused=words_of(request, reader.link).plan.visit_changed)
        return _see_other("page-plan")


class Offer(OpenedPage):
    """Take or leave a time that was offered from the waiting list."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return _see_other("page-plan")

    def post(self, request: HttpRequest) -> HttpResponse:
        reader, takes_it = self.reader(), request.POST.get("answer") == AnswerCode.ACCEPTED
        if not takes_it and request.POST.get("answer") != AnswerCode.DECLINED:
            return stale(request, status=UNPROCESSABLE, link=reader.link)
        try:
            answer_offer(reader=reader, takes_it=takes_it, now=timezone.now())
        except OfferIsGone:
            # The page says what became of it: taken by them, taken by another, or over.
            return _see_other("page-plan")
        except NEEDS_A_PERSON:
            return offer_by_phone(request, reader, now=timezone.now())
        return _see_other("page-plan")


class Problem(OpenedPage):
    """Take a problem in the person's own words; the signs that must not wait stand first."""

    def get(self, request: HttpRequest) -> HttpResponse:
        reader = self.reader()
        words = words_of(request, reader.link)
        return _problem(request, reader, ProblemForm(initial={"uid": uuid.uuid4()}, words=words))

    def post(self, request: HttpRequest) -> HttpResponse:
        reader = self.reader()
        form = ProblemForm(request.POST, words=words_of(request, reader.link))
        if not form.is_valid():
            return _problem(request, reader, form, status=UNPROCESSABLE)
        report_problem(reader=reader, **form.cleaned_data, now=timezone.now())
        return _see_other("page-problem-sent")


class ProblemSent(OpenedPage):
    """Say who reads what was written."""

    def get(self, request: HttpRequest) -> HttpResponse:
        reader = self.reader()
        return message(request, "problem_sent", status=200, link=reader.link, reading=_reading(reader))


class Close(OpenedPage):
    """Close the page in this browser."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return _see_other("page-plan")

    def post(self, request: HttpRequest) -> HttpResponse:
        response = message(request, "closed", status=200)
        session.close(response)
        return response


def _door(
    request: HttpRequest,
    form: BirthDateForm,
    *,
    status: int = 200,
    wrong: WrongDate | None = None,
    **context: Any,
) -> HttpResponse:
    words = words_of(request)
    return shown(
        request,
        "door",
        words=words,
        clinic=clinic_of(wrong.link.appointment) if wrong else only_clinic(),
        status=status,
        title=words.door.title,
        form=form,
        tries_left=counted(words, words.door.tries_left, wrong.tries_left) if wrong else "",
        **context,
    )


def _plan(request: HttpRequest, reader: Reader, *, refused: str = "") -> HttpResponse:
    offered = offer_page(request, reader, now=timezone.now())
    if offered is not None:
        return offered
    page = page_of(reader, now=timezone.now())
    response = shown(
        request,
        "plan",
        words=page.words,
        clinic=page.clinic,
        page=page,
        refused=refused,
        answers=AnswerCode,
        **_filled(page),
    )
    return _with_whole_numbers(response, page.clinic)


def _filled(page: Page) -> dict[str, Any]:
    """Return the plan's own sentences with what belongs in them."""
    words, plan = page.words, page.words.plan
    as_of = plan.as_of_with_countdown if page.now.countdown else plan.as_of
    filled = {
        "call_said": put(words, plan.call, phone=page.clinic.phone_said),
        "as_of": put(words, as_of, countdown=page.now.countdown, at=page.as_of),
    }
    if page.question is None or not page.question.answer:
        return filled
    return filled | {
        "answered": put(words, plan.answered, answer=page.question.answer),
        "told_us": put(words, plan.told_us, at=page.question.told_at),
    }


def _problem(request: HttpRequest, reader: Reader, form: ProblemForm, *, status: int = 200) -> HttpResponse:
    page = page_of(reader, now=timezone.now())
    response = shown(
        request,
        "problem",
        words=page.words,
        clinic=page.clinic,
        status=status,
        title=page.words.problem.title,
        form=form,
        page=page,
        reading=_reading(reader),
        hint=letters(page.words, page.words.problem.hint),
    )
    return _with_whole_numbers(response, page.clinic)


def _reading(reader: Reader) -> str:
    """Return who reads what is written here, and when."""
    now, appointment = timezone.now(), reader.appointment
    return reading_said(
        phone_now(appointment, now=now),
        clinic=clinic_of(appointment),
        speaker=speaker_of(reader, facts={}, now=now),
    )


def _with_whole_numbers(response: HttpResponse, clinic: Clinic) -> HttpResponse:
    """Keep the clinic's number on one line wherever a text says it."""
    whole = clinic.phone_said.replace(" ", "\N{NO-BREAK SPACE}")
    response.content = response.content.decode().replace(clinic.phone_said, whole)
    return response


def _see_other(name: str) -> HttpResponse:
    response = redirect(name)
    response.status_code = SEE_OTHER
    return response
