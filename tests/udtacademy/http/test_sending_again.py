import re
import threading
from html import unescape
from urllib.parse import urlencode

import django.test
import pytest
import redis
from django.core import signing
from django.db import connection, transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from tests.threads import in_threads
from udtacademy.http import load_shedding, sending_again
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


def look_at(request):
    return HttpResponse(f"{request.POST['seat']} at {request.get_full_path()}")


urlpatterns = [
    path("act/", act),
    path("accounts/act/", act),
    path("look/", csrf_exempt(look_at)),
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
    """The fields of the waiting page's form, as a browser sends them to the address they were sent to before."""
    html = unescape(page.content.decode())
    form = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', html):
        form.setdefault(name, []).append(value)
    return form


def with_key(where, form=FORM):
    return form | {"idempotency_key": signing.dumps(["k", where], salt=sending_again.PURPOSE)}


def test_a_form_waits_longer_than_a_page(client, waited):
    waited(LONGEST_WAIT + 1)

    assert client.get("/editions/", headers={"Accept": "text/html"}).status_code == 503
    assert send(client, "/act/").status_code == 302
    assert acted == [["1", "<2>"]]


def test_a_form_that_waited_too_long_is_shown_again_with_all_that_was_typed(client, waited):
    waited(LONGEST_WAIT_OF_FORMS + 1)

    page = send(client, "/act/")

    assert (page.status_code, page["Cache-Control"], acted) == (202, "no-store", [])
    form = form_of(page)
    assert form.pop("idempotency_key")
    assert form == {"seat": ["1", "<2>"], "city": ["Žilina & more"]}
    assert "About 7 people are ahead of you." in page.content.decode()
    assert "Content-Security-Policy" in page


def test_the_form_sent_again_acts_once_and_leads_to_one_place(client, waited):
    waited(LONGEST_WAIT_OF_FORMS + 1)
    form = form_of(send(client, "/act/?next=here"))
    waited(0)

    answers = [send(client, "/act/?next=here", form) for _ in range(3)]

    assert [(it.status_code, it["Location"]) for it in answers] == [(302, "/answered/1/?secret")] * 3
    assert acted == [["1", "<2>"]]


def test_another_form_at_the_same_address_is_acted_upon(client, waited):
    waited(LONGEST_WAIT_OF_FORMS + 1)
    form = form_of(send(client, "/act/"))
    waited(0)

    answers = [send(client, "/act/", it) for it in (form, FORM)]

    assert [it["Location"] for it in answers] == ["/answered/1/?secret", "/answered/2/?secret"]


@pytest.mark.parametrize(
    "key",
    ["k", signing.dumps(["k", "/act/"]), with_key("/act/?a=1")["idempotency_key"]],
    ids=["unsigned", "another salt", "another address"],
)
def test_a_key_that_is_not_ours_or_of_another_address_is_ignored(client, waited, key):
    form = FORM | {"idempotency_key": key}

    answers = [send(client, "/act/", form) for _ in range(2)]
    waited(LONGEST_WAIT_OF_FORMS + 1)
    page = send(client, "/act/", form)

    assert [it["Location"] for it in answers] == ["/answered/1/?secret", "/answered/2/?secret"]
    assert form_of(page)["idempotency_key"] != [key]


def test_a_form_that_another_site_sent_is_refused_as_before(waited):
    victim = django.test.Client(enforce_csrf_checks=True)
    waited(LONGEST_WAIT_OF_FORMS + 1)
    form = form_of(send(victim, "/act-with-token/"))
    waited(0)

    assert send(victim, "/act-with-token/", form).status_code == 403
    assert acted == []


def test_the_form_stays_the_same_however_often_it_has_to_wait(client, waited):
    waited(LONGEST_WAIT_OF_FORMS + 1)
    forms = [form_of(send(client, "/act/"))]
    forms.append(form_of(send(client, "/act/", forms[0])))
    waited(0)

    answers = [send(client, "/act/", it) for it in forms]

    assert [it["Location"] for it in answers] == ["/answered/1/?secret"] * 2


@pytest.mark.django_db(transaction=True)
def test_the_form_sent_again_while_it_is_being_answered_waits(client):
    form = with_key("/slow/")

    def send_again():
        while not acted:
            pass
        try:
            return send(client, "/slow/", form)
        finally:
            release.set()

    first, second = in_threads([lambda: send(client, "/slow/", form), send_again])

    assert (first.status_code, second.status_code) == (302, 202)
    assert len(acted) == 1


def test_a_refused_form_can_be_corrected_and_sent_again(client):
    form = with_key("/refuse/")

    assert [send(client, "/refuse/", form).status_code for _ in range(2)] == [422, 422]
    assert len(acted) == 2


def test_a_form_answered_by_a_page_is_answered_so_again(client):
    form = with_key("/look/", {"seat": "1"})

    assert {send(client, "/look/", form).content for _ in range(2)} == {b"1 at /look/"}


@pytest.mark.parametrize(("path", "status"), [("/act/", 302), ("/look/", 200)])
def test_a_redis_that_fails_after_the_form_was_acted_upon_changes_no_answer(client, monkeypatch, caplog, path, status):
    def away(*_arguments, **_options):
        raise redis.ConnectionError("gone")

    for command in ("set", "delete"):
        monkeypatch.setattr(sending_again.cache, command, away, raising=False)

    answer = send(client, path, with_key(path))

    assert answer.status_code == status
    assert [it.getMessage() for it in caplog.records if "remembered" in it.getMessage()] == [
        "The answer to a form was not remembered: gone"
    ]


@pytest.mark.django_db
@pytest.mark.parametrize("sqlstate", ["55P03", "40P01"])
def test_a_form_that_waited_too_long_for_a_lock_is_shown_again(client, waited, sqlstate):
    where = f"/locked/{sqlstate}/"
    waited(1)

    pages = [send(client, where, with_key(where)) for _ in range(2)]

    assert [it.status_code for it in pages] == [202, 202]
    assert "ahead of you" not in pages[0].content.decode()


@pytest.mark.django_db
def test_a_page_that_waited_too_long_for_a_lock_is_unavailable(client):
    assert client.get("/locked/55P03/", headers={"Accept": "text/html"}).status_code == 503


@pytest.mark.parametrize(
    ("where", "headers"),
    [
        ("/act/", {"HX-Request": "true"}),
        ("/act/", {"Accept": "application/json"}),
        ("/act/", {"Accept": "*/*"}),
        ("/accounts/act/", {}),
    ],
    ids=["htmx", "script", "mail program", "sign-in"],
)
def test_other_forms_are_refused(client, waited, where, headers):
    waited(LONGEST_WAIT_OF_FORMS + 1)

    answer = send(client, where, **headers)

    assert (answer.status_code, answer["Retry-After"], acted) == (503, "10", [])


def test_an_upload_is_refused(client, waited):
    waited(LONGEST_WAIT_OF_FORMS + 1)

    assert client.post("/act/", FORM, headers={"Accept": "text/html"}).status_code == 503
    assert acted == []


def test_a_form_that_cannot_be_read_is_refused_as_before(client, waited, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10
    statuses = []
    for seconds in (0, LONGEST_WAIT_OF_FORMS + 1):
        waited(seconds)
        statuses.append(send(client, "/act-with-token/").status_code)

    assert statuses == [413, 413]


@pytest.mark.django_db
def test_the_admin_accepts_a_form_with_a_key(client, organiser):
    client.force_login(organiser)
    where = "/admin/accounts/user/?is_staff__exact=1"
    form = {"action": "none", "index": "0", "_selected_action": str(organiser.pk)}

    assert send(client, where, with_key(where, form)).status_code == send(client, where, form).status_code
