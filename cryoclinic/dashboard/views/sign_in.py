"""Sign in and out of the work pages."""

from typing import Any

from django.contrib.auth import logout
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST


class SignInForm(AuthenticationForm):
    """User name and password, with our words."""

    error_messages = {
        "invalid_login": "The user name and password do not belong together. Check both; capitals matter.",
        "inactive": "This account is closed. Ask the administrator of your clinic.",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = "User name"


class SignIn(LoginView):
    """The sign-in page; where somebody wanted to go is where they get."""

    template_name = "cryoclinic/work/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    logout(request)
    return redirect("work:sign-in")
