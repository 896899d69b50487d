"""Every URL × everybody of the cast × GET and POST: who gets in. tests/access.txt says what is expected.

A new URL without a line there fails. Lines are added by hand, after thinking; the head of that file explains the letters. What a
request changes is rolled back. The client checks every form of every page that comes back (tests/client.py). Objects belong to
Girona in the edition "academy": `elsewhere` is of another edition, and `other_coordinator` of another city.
"""

import datetime as dt
import re
from http.cookies import SimpleCookie
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from django.apps import apps
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.db import transaction
from django.urls import URLPattern, get_resolver
from django.utils import timezone

from attendance.actions.applied_reports import apply_report
from attendance.actions.decisions import decide
from attendance.actions.kiosks import add_kiosk
from attendance.actions.reports import Choices, add_reports
from attendance.actions.status_lists import number_certificates
from attendance.models import Alias, Attendance, Decision, Evidence, Excuse, PublishedResults, SharedConnection
from attendance.personal_links import mute_links
from attendance.personal_links.feedback_links import feedback_path
from attendance.rules.results import Results
from programme.actions.campaigns import write_campaign
from programme.models import (
    ApplicationConflict,
    ChecklistItem,
    Edition,
    Participant,
    SavedText,
    SpeakerPicture,
    StaffAssignment,
)
from programme.personal_links import stop_link
from programme.selections import Selection
from tests.attendance.meeting_reports.reading import files
from tests.documents import PNG
from tests.factories.action_plans import ActionPlanFactory, PartFactory, PlanFileFactory, StepFactory
from tests.factories.applications import ApplicationFactory, takes_applications
from tests.factories.attendance import CertificateFactory, EvidenceFactory, ExcuseFactory
from tests.factories.feedback import FeedbackSetFactory
from tests.factories.people import (
    InvitationFactory,
    MessageFactory,
    NoticeFactory,
    ParticipantFactory,
    SeatFactory,
    UserFactory,
)
from tests.factories.programme import LogoFactory, RoomFactory, SessionFactory, TrackFactory
from tests.factories.questions import AnswerFileFactory, QuestionFactory
from tests.factories.speakers import MaterialFactory, SessionSpeakerFactory
from tests.form_fields import lost_fields
from udtacademy.credential_keys import CredentialKeys

pytestmark = pytest.mark.slow

TABLE = Path(__file__).with_name("access.txt")
ROLES = [
    *("anonymous", "stranger", "elsewhere", "participant", "coordinator"),
    *("other_coordinator", "desk", "viewer", "organiser"),
]
SIGN_IN = ("/accounts/login/", "/admin/login/", "/accounts/reauthenticate/", "/accounts/2fa/reauthenticate/")
PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")
REGULAR = {  # addresses that Django writes as regular expressions
    "admin/^(?P<app_label>auth|programme|outbox|accounts|attendance)/$": "admin/programme/",
    "admin/(?P<url>.*)$": "admin/nothing/",
}


def routes(resolver=None, prefix=""):
    """All addresses as the resolver has them, parameters in angle brackets."""
    for pattern in (resolver or get_resolver()).url_patterns:
        here = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield here
        else:
            yield from routes(pattern, here)


ROUTES = sorted(set(routes()))


def expected():
    """Route → (letters for GET, letters for POST), one letter for each role."""
    rows = (line.split() for line in TABLE.read_text().splitlines() if line and not line.startswith("#"))
    return {route if route != "/" else "": (get, post) for route, get, post in rows}


def test_every_address_has_an_expectation_and_none_is_left_over():
    assert sorted(expected()) == ROUTES


@pytest.fixture
def world(open_edition, delegation, coordinator, other_coordinator, edition, settings):
    """Whom and what the addresses are asked about."""
    settings.CREDENTIAL_KEYS = CredentialKeys(generate_private_key(SECP256R1()))
    now = timezone.now().replace(microsecond=0)
    open_edition.logo = LogoFactory()
    open_edition.save()
    track = TrackFactory(edition=open_edition, slug="governance")
    session = SessionFactory(
        edition=open_edition,
        slug="peer-learning",
        is_core=True,
        format="in_person",
        status="confirmed",
        meeting_url="https://meet.example/x",
        starts_at=now - dt.timedelta(minutes=10),
        ends_at=now + dt.timedelta(minutes=50),
    )
    parallel = SessionFactory(
        edition=open_edition,
        slug="parallel",
        track=track,
        format="in_person",
        starts_at=now + dt.timedelta(days=7),
        ends_at=now + dt.timedelta(days=7, hours=1),
    )
    participant = ParticipantFactory(delegation=delegation, user__name="Ana Anaya")
    organiser = UserFactory(name="Olga Organiser", is_staff=True)
    organiser.groups.add(Group.objects.get(name="organiser"))
    SeatFactory(participant=participant, session=parallel)
    evidence = EvidenceFactory(participant=participant, session=session, by=organiser)
    decide(cells=[(participant, session)], outcome="present", reason="There", by=organiser)
    batch = Decision.objects.get().batch
    excuse = ExcuseFactory(participant=participant, session=session)
    content = files.zoom([("Ana Anaya", "", 0, 30), ("Quirk", "", 0, 30)], session.starts_at, open_edition.zone)
    (report,), _is_new = add_reports(
        edition=open_edition, name="zoom.csv", content=content, choices=Choices(session=session), by=organiser
    )
    quirk = report.people.get(name="Quirk")
    shared = SharedConnection.objects.create(person=quirk, participant=participant, note="There", by=organiser)
    invitation = InvitationFactory(delegation=delegation, token="a-token")
    pending = ParticipantFactory(delegation=delegation, state="pending")
    NoticeFactory(edition=open_edition)
    message = MessageFactory(context=open_edition, state="sent")
    campaign = write_campaign(
        edition=open_edition, selection=Selection("registered"), subject="News", text="Dear {name}", by=organiser
    )
    campaign_email = MessageFactory(context=open_edition, user=participant.user)
    saved_text = SavedText.objects.create(edition=open_edition, name="News", subject="News", text="Dear {name}")
    file = AnswerFileFactory(question__edition=open_edition, participant=participant)
    RoomFactory()
    item = ChecklistItem.objects.create(edition=open_edition, kind="dates")
    Alias.objects.create(edition=open_edition, participant=participant, name_key="annie", confirmed_by=organiser)
    today = timezone.localdate(timezone=open_edition.zone)
    kiosk, kiosk_token = add_kiosk(edition=open_edition, name="Door", day=today, session=None, by=organiser)
    certificate = CertificateFactory(participant=participant, issued_by=organiser)
    past = SessionFactory(
        edition=open_edition,
        slug="past",
        starts_at=now - dt.timedelta(hours=20),
        ends_at=now - dt.timedelta(hours=19),
    )
    FeedbackSetFactory(edition=open_edition)
    decide(cells=[(participant, past)], outcome="present", reason="There", by=organiser)
    PublishedResults.objects.create(edition=open_edition, figures=Results().as_row(), published_by=organiser)
    number_certificates()
    values = {
        "edition_slug": "academy",
        "slug": "academy",
        "file_name": open_edition.logo.file_name,
        "area": "attendance",
        "form": "jwt",
        "number": 1,
        "kind": "registered",
        "session_slug": "peer-learning",
        "batch": batch,
        "day": parallel.local_day.isoformat(),
        "paper": "label",
        "extension": "csv",
        "list_name": "access-needs",
        "token": participant.calendar_token,
        "key": mute_links.mute_link(participant).rstrip("/").rpartition("/")[2],
        "content_type_id": ContentType.objects.get_for_model(Participant).pk,
        "object_id": participant.pk,
        "id": participant.user_id,
        "pk": participant.pk,
        "page": "portal",
        "provider_id": "city",
        "provider": "mailgun",
        "platform": "zoom",
        "person_pk": quirk.pk,
        "shared_pk": shared.pk,
    }
    special = {
        "admin/editions/<slug:edition_slug>/attendance/board/retract/<int:pk>/": {"pk": evidence.pk},
        "admin/editions/<slug:edition_slug>/people/badges/sign-in/<slug:session_slug>/": {"session_slug": "parallel"},
        "admin/editions/<slug:edition_slug>/people/badges/sign-in/<slug:session_slug>/sheet.pdf": {
            "session_slug": "parallel"
        },
        "admin/editions/<slug:edition_slug>/checklist/<int:pk>/": {"pk": item.pk},
        "admin/editions/<slug:edition_slug>/messages/<int:pk>/again/": {"pk": message.pk},
        "admin/editions/<slug:edition_slug>/messages/campaigns/texts/<int:pk>/": {"pk": saved_text.pk},
        "admin/outbox/message/<int:pk>/mail/": {"pk": message.pk},
        "admin/programme/participant/<int:pk>/approve/": {"pk": pending.pk},
        "admin/programme/session/<int:pk>/announcements/": {"pk": session.pk},
        "check-in/<slug:edition_slug>/<slug:session_slug>/<int:pk>/undo/": {"pk": evidence.pk},
        "admin/editions/<slug:edition_slug>/attendance/kiosks/<int:pk>/revoke/": {"pk": kiosk.pk},
        "admin/editions/<slug:edition_slug>/outcomes/certificates/<int:pk>/": {"pk": certificate.pk},
        "admin/editions/<slug:edition_slug>/outcomes/certificates/<int:pk>/certificate.pdf": {"pk": certificate.pk},
        "admin/editions/<slug:edition_slug>/outcomes/certificates/<int:pk>/certificate.jsonld": {"pk": certificate.pk},
        "certificates/<str:code>/": {"code": certificate.code_in_groups},
        "invitations/<str:token>/": {"token": "a-token"},
        "kiosk/open/<str:token>/": {"token": kiosk_token},
        "me/feedback/<str:key>/": {"key": feedback_path(participant, past).rstrip("/").rpartition("/")[2]},
        "portal/<slug:edition_slug>/feedback/<slug:session_slug>/": {"session_slug": "past"},
        "me/emails/<str:key>/": {"key": stop_link(campaign_email).rstrip("/").rpartition("/")[2]},
        "portal/<slug:edition_slug>/attendance/requests/<int:pk>/withdraw/": {"pk": excuse.pk},
        "portal/<slug:edition_slug>/team/invitations/<int:pk>/remind/": {"pk": invitation.pk},
        "portal/<slug:edition_slug>/team/invitations/<int:pk>/revoke/": {"pk": invitation.pk},
        "portal/<slug:edition_slug>/tracks/<slug:session_slug>/release/": {"session_slug": "parallel"},
    }
    special |= {route: {"session_slug": "past"} for route in ROUTES if "/outcomes/feedback/sessions/<" in route}
    special |= {route: {"token": file.token} for route in ROUTES if "/files/<" in route}
    special |= {
        route: {"pk": campaign.pk}
        for route in ROUTES
        if route.startswith("admin/editions/<slug:edition_slug>/messages/campaigns/<int:pk>/")
    }
    special |= {
        route: {"pk": report.pk}
        for route in ROUTES
        if route.startswith("admin/editions/<slug:edition_slug>/attendance/reports/")
    }
    QuestionFactory(edition=open_edition, asked_when="coordinators")
    takes_applications(open_edition)
    sent = ApplicationFactory(edition=open_edition, contact=coordinator.user)
    conflict = ApplicationConflict.objects.create(application=sent, organiser=coordinator.user, reason="A friend")
    special |= {
        route: {"pk": sent.pk, "conflict_pk": conflict.pk} for route in ROUTES if "/people/applications/<" in route
    }
    special |= {
        route: {"pk": open_edition.questions.get(key="hopes").pk}
        for route in ROUTES
        if "/settings/questions/<" in route
    }
    plan = PlanFileFactory(
        part=PartFactory(
            plan=ActionPlanFactory(delegation=delegation), step=StepFactory(edition=open_edition, slug="challenge")
        )
    )
    special |= {
        route: {"pk": delegation.pk, "part_pk": plan.part.pk, "token": plan.token, "step_slug": "challenge"}
        for route in ROUTES
        if "/action-plan/" in route or "/outcomes/plans/" in route
    }
    row = SessionSpeakerFactory(session=session, edition=open_edition)
    picture = SpeakerPicture.objects.create(speaker=row.speaker, digest="abcdef", kind="png", content=PNG)
    material = MaterialFactory(session=session, edition=open_edition, speaker=row.speaker, audience="participants")
    special |= {
        route: {
            "pk": material.pk
            if "/materials/" in route
            else row.pk
            if "/speakers/sessions/" in route
            else row.speaker.pk,
            "token": row.speaker.link_token if route.startswith("speaker/") else material.token,
            "file_token": material.token,
            "digest": picture.digest,
        }
        for route in ROUTES
        if "/materials/" in route or "/speakers/" in route or route.startswith("speaker/")
    }
    special["admin/editions/<slug:edition_slug>/outcomes/plans/steps/<int:pk>/"] = {"pk": plan.part.step_id}
    people = {
        "stranger": UserFactory(name="Stella Stranger"),
        "elsewhere": ParticipantFactory(delegation__edition=edition).user,
        "participant": participant.user,
        "coordinator": coordinator.user,
        "other_coordinator": other_coordinator.user,
        "desk": UserFactory(name="Desi Desk", is_staff=True),
        "viewer": UserFactory(name="Vera Viewer", is_staff=True),
        "organiser": organiser,
    }
    for name in ("desk", "viewer"):
        people[name].groups.add(Group.objects.get(name=name))
    apply_report(report=report, is_confirmed=True, by=organiser)
    assert Attendance.objects.exists()
    assert Evidence.objects.exists()
    assert Excuse.objects.exists()
    return values, special, people


def path_of(route, values, special):
    """An address with objects that are there."""
    if route in REGULAR:
        return f"/{REGULAR[route]}"
    chosen = values | special.get(route, {})
    model = re.match(r"admin/(\w+)/(\w+)/<path:object_id>/", route)
    if model:
        obj = apps.get_model(*model.groups())._default_manager.order_by("pk").first()
        chosen = chosen | {"object_id": obj.pk if obj else 0}
    return "/" + PARAMETER.sub(lambda it: str(chosen[it[1]]), route)


def letter(response):
    status, location = response.status_code, response.headers.get("Location", "")
    assert status < 500 or response.wsgi_request.path == "/readyz", status
    if status in {301, 302, 303} and location.startswith(SIGN_IN):
        return "s"
    return {403: "x", 404: "-", 405: "m", 429: "l"}.get(status, "+")


def cookies_of(client, people):
    """Each role's cookies, signed in once, and the sessions as the cache has them: a request may sign out, but that is rolled back."""
    cookies, sessions = {"anonymous": SimpleCookie()}, {}
    for role, user in people.items():
        client.force_login(user)
        cookies[role] = client.cookies
        sessions[client.session.cache_key] = cache.get(client.session.cache_key)
        client.cookies = SimpleCookie()
    assert all(sessions.values())
    return cookies, sessions


def letters_of(client, route, method, world, signed_in, lost):
    """Return the letters of a route. `lost`: a set, to which the fields are added that a form has and its page has not."""
    values, special, _people = world
    cookies, sessions = signed_in
    letters = ""
    for role in ROLES:
        cache.clear()
        cache.set_many(sessions)  # as each was, so that it is not read from the database each time
        client.cookies = SimpleCookie(cookies[role].output(header="", sep=";"))
        with transaction.atomic():
            response = getattr(client, method)(path_of(route, values, special))
            letters += letter(response)
            shows_forms = role == "organiser" and method == "get"
            lost |= {(route, it) for it in lost_fields(response, shows_forms=shows_forms)}
            transaction.set_rollback(True)
    return letters


N_PARTS = 4  # each sets up its own objects; processes of pytest share the parts


@pytest.mark.parametrize("part", range(N_PARTS))
def test_who_gets_in(client, world, part):
    """And each page that comes back has all fields of its forms."""
    table, signed_in, routes = expected(), cookies_of(client, world[2]), ROUTES[part::N_PARTS]
    lost = set()

    letters = {
        route: tuple(letters_of(client, route, method, world, signed_in, lost) for method in ("get", "post"))
        for route in routes
    }

    assert letters == {route: table.get(route) for route in routes}
    assert "\n".join(sorted({f"{route} {it}" for route, it in lost})) == ""


SHARED = (
    "admin/programme/city/",
    "admin/programme/venue/",
    "admin/programme/room/",
    "admin/accounts/",
    "admin/auth/",
)  # no edition's own
ABOUT_OBJECTS = [it for it in ROUTES if re.match(r"admin/(programme|outbox|attendance)/\w+/<", it)]
OF_AN_EDITION = [it for it in ROUTES if it.startswith(("admin/editions/<slug:edition_slug>", "check-in/<slug:edition"))]


@pytest.mark.parametrize("method", ["get", "post"])
def test_staff_of_another_edition_find_nothing_of_this_one(client, world, edition, method):
    values, special, _people = world
    limited = UserFactory(is_staff=True)
    limited.groups.add(Group.objects.get(name="organiser"))
    StaffAssignment.objects.create(user=limited).editions.add(edition)
    client.force_login(limited)

    def is_found(route):
        with transaction.atomic():
            response = getattr(client, method)(path_of(route, values, special))
            transaction.set_rollback(True)
        return response.status_code not in {302, 403, 404, 405} or "editions/academy" in response.headers.get(
            "Location", ""
        )

    routes = [it for it in [*OF_AN_EDITION, *ABOUT_OBJECTS] if not it.startswith(SHARED)]
    assert len(routes) > 100
    assert "\n".join(it for it in routes if is_found(it)) == ""


def test_staff_of_an_edition_find_all_of_it(client, world):
    """The control of the test above."""
    values, special, people = world
    organiser = people["organiser"]
    StaffAssignment.objects.create(user=organiser).editions.add(Edition.objects.get(slug="academy"))
    table, (cookies, _sessions) = expected(), cookies_of(client, {"organiser": organiser})
    client.cookies = cookies["organiser"]

    for route in OF_AN_EDITION:
        with transaction.atomic():
            assert letter(client.get(path_of(route, values, special))) == table[route][0][-1], route
            transaction.set_rollback(True)
