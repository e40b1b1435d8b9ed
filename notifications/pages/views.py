"""The views behind a link. Reading changes nothing; what changes something is a form."""

import uuid

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.csrf import rotate_token
from django.shortcuts import redirect, render
from django.utils import timezone

from notifications.dispatch.compose import token_sha256
from notifications.operations.access import Reader, WrongDate, admit, reader_of
from notifications.operations.page_answers import VisitChanged, answer_visit, report_problem
from notifications.operations.today import Clinic, clinic_of, page_of
from notifications.pages import session
from notifications.pages.base import PatientPage, message, only_clinic
from notifications.pages.forms import AnswerForm, BirthDateForm, ProblemForm
from procedures.steps import Audience
from scheduling.codes import AnswerCode

SEE_OTHER = 303
UNPROCESSABLE = 422


class Door(PatientPage):
    """Ask for the date of birth: the same page for every key, good or bad."""

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        return _door(request, BirthDateForm(initial={"token": token}))


class Open(PatientPage):
    """Let in whoever knows the date of birth."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return message(request, "closed", status=403)

    def post(self, request: HttpRequest) -> HttpResponse:
        form = BirthDateForm(request.POST)
        if not form.is_valid():
            return _door(request, form, status=UNPROCESSABLE)
        key = token_sha256(form.cleaned_data["token"])
        try:
            link = admit(token_sha256=key, birth_date=form.cleaned_data["birth_date"], now=timezone.now())
        except WrongDate as error:
            form.add_error(None, str(error.__doc__))
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
            return message(request, "stale", status=UNPROCESSABLE, link=reader.link)
        answer, about_start = AnswerCode(form.cleaned_data["answer"]), form.cleaned_data["about_start"]
        try:
            answer_visit(reader=reader, answer=answer, about_start=about_start, now=timezone.now())
        except VisitChanged as error:
            return _plan(request, self.reader(), refused=str(error.__doc__))
        return _see_other("page-plan")


class Problem(OpenedPage):
    """Take a problem in the person's own words; the signs that must not wait stand first."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return _problem(request, self.reader(), ProblemForm(initial={"uid": uuid.uuid4()}))

    def post(self, request: HttpRequest) -> HttpResponse:
        reader, form = self.reader(), ProblemForm(request.POST)
        if not form.is_valid():
            return _problem(request, reader, form, status=UNPROCESSABLE)
        report_problem(reader=reader, **form.cleaned_data, now=timezone.now())
        return _see_other("page-problem-sent")


class ProblemSent(OpenedPage):
    """Say who reads what was written."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return message(request, "problem_sent", status=200, link=self.reader().link)


class Close(OpenedPage):
    """Close the page in this browser."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return _see_other("page-plan")

    def post(self, request: HttpRequest) -> HttpResponse:
        response = message(request, "closed", status=200)
        session.close(response)
        return response


def _door(
    request: HttpRequest, form: BirthDateForm, *, status: int = 200, wrong: WrongDate | None = None
) -> HttpResponse:
    words = {
        "form": form,
        "clinic": clinic_of(wrong.link.appointment) if wrong else only_clinic(),
        "tries_left": wrong.tries_left if wrong else None,
    }
    return render(request, "notifications/page/door.html", words, status=status)


def _plan(request: HttpRequest, reader: Reader, *, refused: str = "") -> HttpResponse:
    page = page_of(reader, now=timezone.now())
    words = {"page": page, "clinic": page.clinic, "refused": refused, "answers": AnswerCode}
    return _with_whole_numbers(render(request, "notifications/page/plan.html", words), page.clinic)


def _problem(request: HttpRequest, reader: Reader, form: ProblemForm, *, status: int = 200) -> HttpResponse:
    words = {
        "form": form,
        "clinic": clinic_of(reader.appointment),
        "page": page_of(reader, now=timezone.now()),
        "for_patient": reader.audience is Audience.PATIENT,
    }
    page = render(request, "notifications/page/problem.html", words, status=status)
    return _with_whole_numbers(page, clinic_of(reader.appointment))


def _with_whole_numbers(response: HttpResponse, clinic: Clinic) -> HttpResponse:
    """Keep the clinic's number on one line wherever a text says it."""
    whole = clinic.phone_said.replace(" ", "\N{NO-BREAK SPACE}")
    response.content = response.content.decode().replace(clinic.phone_said, whole)
    return response


def _see_other(name: str) -> HttpResponse:
    response = redirect(name)
    response.status_code = SEE_OTHER
    return response
