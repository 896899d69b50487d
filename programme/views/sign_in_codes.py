"""Signing in by a code on the way to a form: registration, and applications of cities."""

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

from udtacademy.accounts.attempts import TooManyAttemptsError
from udtacademy.accounts.forms.sign_in import EmailForm
from udtacademy.accounts.sign_in import TOO_MANY, CodeProcess


def code_sent(request: HttpRequest, form: EmailForm, page: str) -> HttpResponse | None:
    """Send a sign-in code and redirect to where it is entered, which leads on to `page`; after too many attempts None, with an
    error on the form.
    """
    try:
        CodeProcess.initiate(request=request, user=form._user, email=form.cleaned_data["email"])  # noqa: SLF001 - allauth's
    except TooManyAttemptsError as error:
        form.add_error("email", ValidationError(str(error), code=TOO_MANY))
        return None
    return redirect(f"{reverse('account_confirm_login_code')}?{urlencode({'next': page})}")
