import re
import threading
from html import unescape
from urllib.parse import urlencode

import django.test
import pytest
from django.db import connection, transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from tests.threads import in_threads
from udtacademy.http import load_shedding
from udtacademy.http.load_shedding import LONGEST_WAIT, LONGEST_WAIT_OF_FORMS
from udtacademy.urls import urlpatterns as real

acted = []
release = threading.Event()


@csrf_exempt
def act(request):
    acted.append(request.POST.getlist("seat"))
    return redirect(f"/answered/{len(acted)}/?secret")


def act_with_token(request):
    return act(request)


@csrf_exempt
def refuse(request):
    acted.append(request.POST.getlist("seat"))
    return HttpResponse("Enter a seat.", status=422)


@csrf_exempt
def answer_slowly(request):
    acted.append(request.POST.getlist("seat"))
    release.wait()
    return redirect("/answered/")


@csrf_exempt
def wait_for_a_lock(_request, sqlstate):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"DO $$ BEGIN RAISE EXCEPTION 'locked' USING ERRCODE = '{sqlstate}'; END $$")
    return HttpResponse()


urlpatterns = [
    path("act/", act),
    path("act-with-token/", act_with_token),
    path("refuse/", refuse),
    path("slow/", answer_slowly),
    path("locked/<sqlstate>/", wait_for_a_lock),
    *real,
]
pytestmark = pytest.mark.urls(__name__)

FORM = {"seat": ["1", "<2>"], "city": "Žilina & more"}


@pytest.fixture(autouse=True)
def _nothing_done():
    acted.clear()
    release.clear()


@pytest.fixture
def waited():
    """The next requests have waited so many seconds."""
    yield lambda seconds: load_shedding.note(seconds, 7)
    load_shedding.note(0, 0)


def send(client, where, form=FORM, **headers):
    body = urlencode(form, doseq=True)
    return client.post(where, body, "application/x-www-form-urlencoded", headers={"Accept": "text/html", **headers})


def form_of(page):
    """The parameters and the fields of the waiting page's form, as a browser sends them."""
    html = unescape(page.content.decode())
    form = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', html):
        form.setdefault(name, []).append(value)
    return re.search(r'action="(\?[^"]+)"', html)[1], form


def test_a_form_waits_longer_than_a_page(client, waited):
    waited(LONGEST_WAIT + 1)

    assert client.get("/editions/", headers={"Accept": "text/html"}).status_code == 503
    assert send(client, "/act/").status_code == 302
    assert acted == [["1", "<2>"]]


def test_a_form_that_waited_too_long_is_shown_again_with_all_that_was_typed(client, waited):
    waited(LONGEST_WAIT_OF_FORMS + 1)

    page = send(client, "/act/")

    assert (page.status_code, page["Cache-Control"], acted) == (202, "no-store", [])
    parameters, form = form_of(page)
    assert re.fullmatch(r"\?sending_key=\w{32}", parameters)
    assert form == {"seat": ["1", "<2>"], "city": ["Žilina & more"]}
    assert "About 7 people are before you." in page.content.decode()
    assert "Content-Security-Policy" in page


def test_the_form_sent_again_acts_once_and_leads_to_one_place(client, waited):
    waited(LONGEST_WAIT_OF_FORMS + 1)
    parameters, form = form_of(send(client, "/act/?next=here"))
    waited(0)

    answers = [send(client, f"/act/{parameters}", form) for _ in range(3)]

    assert parameters.startswith("?next=here&sending_key=")

    assert [(it.status_code, it["Location"]) for it in answers] == [(302, "/answered/1/?secret")] * 3
    assert acted == [["1", "<2>"]]


def test_a_form_that_another_site_sent_is_refused_as_before(waited):
    victim = django.test.Client(enforce_csrf_checks=True)
    waited(LONGEST_WAIT_OF_FORMS + 1)
    parameters, form = form_of(send(victim, "/act-with-token/"))
    waited(0)

    assert send(victim, f"/act-with-token/{parameters}", form).status_code == 403
    assert acted == []


def test_the_key_stays_the_same_however_often_the_form_has_to_wait(client, waited):
    waited(LONGEST_WAIT_OF_FORMS + 1)
    parameters, form = form_of(send(client, "/act/"))

    assert form_of(send(client, f"/act/{parameters}", form)) == (parameters, form)


@pytest.mark.django_db(transaction=True)
def test_the_form_sent_again_while_it_is_being_answered_waits(client):
    where = "/slow/?sending_key=k"

    def send_again():
        while not acted:
            pass
        try:
            return send(client, where)
        finally:
            release.set()

    first, second = in_threads([lambda: send(client, where), send_again])

    assert (first.status_code, second.status_code) == (302, 202)
    assert form_of(second)[0] == "?sending_key=k"
    assert len(acted) == 1


def test_a_refused_form_can_be_corrected_and_sent_again(client):
    assert [send(client, "/refuse/?sending_key=r").status_code for _ in range(2)] == [422, 422]
    assert len(acted) == 2


@pytest.mark.django_db
@pytest.mark.parametrize("sqlstate", ["55P03", "40P01"])
def test_a_form_that_waited_too_long_for_a_lock_is_shown_again(client, sqlstate):
    pages = [send(client, f"/locked/{sqlstate}/?sending_key=l") for _ in range(2)]

    assert [it.status_code for it in pages] == [202, 202]
    assert form_of(pages[0])[0] == "?sending_key=l"


@pytest.mark.django_db
def test_a_page_that_waited_too_long_for_a_lock_is_unavailable(client):
    assert client.get("/locked/55P03/", headers={"Accept": "text/html"}).status_code == 503


@pytest.mark.parametrize("headers", [{"HX-Request": "true"}, {"Accept": "application/json"}])
def test_a_script_is_told_to_come_back(client, waited, headers):
    waited(LONGEST_WAIT_OF_FORMS + 1)

    answer = send(client, "/act/", **headers)

    assert (answer.status_code, answer["Retry-After"], acted) == (503, "10", [])


def test_an_upload_is_told_to_come_back(client, waited):
    waited(LONGEST_WAIT_OF_FORMS + 1)

    assert client.post("/act/", FORM, headers={"Accept": "text/html"}).status_code == 503
    assert acted == []
