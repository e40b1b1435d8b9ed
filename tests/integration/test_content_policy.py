"""What every page may load, and the pages that stand alone when something went wrong."""

import pytest
from django.test import Client

from cryoclinic.accounts.models import User

STRICT = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "frame-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
INLINE_STYLE = {"style-src": "'self' 'unsafe-inline'"}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "more"),
    [
        ("/staff/sign-in/", {}),
        ("/problems/", {}),
        ("/no/such/page", {}),
        ("/admin/", {"script-src": "'self' 'unsafe-eval' 'unsafe-inline'"} | INLINE_STYLE),
        ("/api/v1/docs/", INLINE_STYLE),
    ],
)
def test_page_loads_and_runs_nothing_but_our_own(client: Client, path: str, more: dict[str, str]) -> None:
    response = client.get(path)

    directives = response["Content-Security-Policy"].split("; ")
    assert dict(each.split(" ", 1) for each in directives) == STRICT | more


@pytest.mark.parametrize(
    ("path", "status", "heading"),
    [("/no/such/page", 404, "There is no such page"), ("/problems/nothing", 404, "There is no such page")],
)
def test_missing_page_says_what_to_do(client: Client, path: str, status: int, heading: str) -> None:
    response = client.get(path)

    assert (response.status_code, f"<h1>{heading}</h1>" in response.content.decode()) == (status, True)


def test_failure_says_that_nothing_was_saved(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> list[object]:
        raise RuntimeError

    monkeypatch.setattr("cryoclinic.api.problem_pages.entries", fail)
    client.raise_request_exception = False

    response = client.get("/problems/")

    assert (response.status_code, "Nothing was half-saved." in response.content.decode()) == (500, True)


@pytest.mark.django_db
def test_form_from_elsewhere_says_what_to_do() -> None:
    response = Client(enforce_csrf_checks=True).post("/staff/sign-in/", {"username": "sam"})

    assert (response.status_code, "This form is too old" in response.content.decode()) == (403, True)


@pytest.mark.django_db
def test_records_have_the_one_door_of_staff(client: Client) -> None:
    response = client.get("/admin/", follow=True)

    assert response.redirect_chain == [
        ("/admin/login/?next=/admin/", 302),
        ("/staff/sign-in/?next=%2Fadmin%2F", 302),
    ]


@pytest.mark.django_db
def test_records_are_refused_to_who_is_not_staff(client: Client) -> None:
    client.force_login(User.objects.create_user(username="pat"))

    response = client.get("/admin/", follow=True)

    assert (response.status_code, "This is not for you to open" in response.content.decode()) == (403, True)
