import datetime as dt
import re

import django.test
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from programme.models import Edition, Participant, RegistrationDraft
from programme.models.invitation import hash_of
from programme.queries.published_programme import published_programme
from programme.queries.registering import Prospect
from tests.client import Client, levels_of, text
from tests.factories.people import DelegationFactory, InvitationFactory, ParticipantFactory, UserFactory
from tests.factories.programme import EditionFactory
from udtacademy.accounts.models import User
from udtacademy.outbox.models import Message

pytestmark = pytest.mark.django_db
REGISTER = "/academy/register/"
CHECK = "/academy/register/check/"


@pytest.fixture
def newcomer(client, delegation):
    """Signed in, of the city, not registered."""
    user = UserFactory(name="", email="ana@girona.example")
    client.force_login(user)
    return user


@pytest.fixture
def typed(answers, delegation):
    return answers | {"delegation": str(delegation.pk)}


def last_code():
    return code_in(Message.objects.filter(kind="login_code").latest("pk").text)


def code_in(text):
    return next(word for word in text.split() if word.isdigit() and len(word) == 6)


def test_from_the_public_page_to_the_portal_in_five_pages_and_two_mails(client, delegation, typed):
    pages = [client.get(REGISTER)]
    asked = client.post(REGISTER, {"email": "Ana@Girona.example"})
    pages.append(client.get(asked.url))
    entered = client.post(asked.url, {"code": last_code()})
    assert entered.url == REGISTER
    pages.append(client.get(entered.url))
    checked = client.post(REGISTER, typed | {"action": "check"})
    pages.append(client.get(checked.url))
    sent = client.post(checked.url)
    pages.append(client.get(sent.url))

    assert [page.status_code for page in pages] == [200] * 5
    assert sent.url == "/portal/academy/"
    assert levels_of(pages[-1]) == ["success"]
    assert not Participant.objects.exclude(state="registered").exists()
    assert list(Message.objects.order_by("pk").values_list("kind", "to")) == [
        ("login_code", "ana@girona.example"),
        ("registered", "ana@girona.example"),
    ]
    assert Participant.objects.get().user.name == "Ana Anaya"


def test_an_invalid_address_is_said_at_the_field_wording(client, open_edition):
    response = client.post(REGISTER, {"email": "nonsense"})

    assert response.status_code == 422
    assert response.context["form"].errors == {"email": ["Enter an email address such as name@city.example."]}
    assert not Message.objects.exists()


def test_too_many_codes_are_refused_calmly(client, open_edition):
    statuses = [client.post(REGISTER, {"email": "ana@girona.example"}).status_code for _ in range(4)]

    assert statuses == [302, 302, 302, 429]


def test_known_and_unknown_addresses_look_the_same(client, participant, open_edition):
    looks = []
    for email in (participant.user.email, "nobody@city.example"):
        visitor = Client()
        asked = visitor.post(REGISTER, {"email": email})
        page = visitor.get(asked.url).content.decode().replace(email, "EMAIL")
        text = Message.objects.latest("pk").text
        looks.append((asked.status_code, asked.url, without_token(page), text.replace(code_in(text), "CODE")))

    assert looks[0] == looks[1]


def without_token(page):
    return re.sub(r'(?<=name="csrfmiddlewaretoken" value=")\w+', "", page)


def test_the_account_is_made_by_the_code_not_by_the_address(client, open_edition):
    asked = client.post(REGISTER, {"email": "new@city.example"})
    assert not User.objects.filter(email="new@city.example").exists()

    client.post(asked.url, {"code": last_code()})

    assert User.objects.get(email="new@city.example").emailaddress_set.get().verified


def test_invalid_answers_are_422_with_a_summary_and_kept(client, newcomer, typed):
    response = client.post(REGISTER, typed | {"action": "check", "name": " ", "hopes": "Wörter"})

    body = text(response)
    assert response.status_code == 422
    assert "<title>Error: Register" in body
    assert '<a href="#id_name">Enter your name.</a>' in body
    assert "Wörter" in body
    assert RegistrationDraft.objects.get().answers["hopes"] == "Wörter"
    assert not Participant.objects.exists()


def test_saved_answers_wait_also_on_another_device(client, newcomer):
    response = client.post(REGISTER, {"action": "save", "name": "Ana", "hopes": "Half a sent"}, follow=True)
    assert levels_of(response) == ["success"]

    elsewhere = Client()
    elsewhere.force_login(newcomer)

    body = elsewhere.get(REGISTER).content.decode()
    assert "Half a sent" in body
    assert 'value="Ana"' in body


def expire(client, path=REGISTER):
    """The session ends while the form is open; what its hidden field says."""
    typed_by = client.get(path).context["typed_by"]
    client.logout()
    return {"typed_by": typed_by}


def sign_in(client, email):
    asked = client.post(REGISTER, {"email": email})
    return client.post(asked.url, {"code": last_code()})


def test_what_was_typed_survives_an_expired_session(client, newcomer, typed):
    response = client.post(REGISTER, typed | expire(client) | {"action": "check"})

    assert response.url == REGISTER
    back = sign_in(client, newcomer.email)
    body = client.get(back.url).content.decode()
    assert typed["hopes"] in body
    assert f'<option value="{typed["delegation"]}" selected>' in body


def test_a_profile_survives_an_expired_session(client, coordinator, answers):
    client.force_login(coordinator.user)
    profile = "/portal/academy/profile/"

    response = client.post(profile, answers | expire(client, profile))

    assert response.url == f"/accounts/login/code/?next={profile}"
    asked = client.post(response.url, {"email": coordinator.user.email})
    back = client.post(asked.url, {"code": last_code(), "next": profile})
    assert back.url == profile
    assert "Ana Anaya" in client.get(profile).content.decode()
    coordinator.refresh_from_db()
    assert coordinator.user.name == "Carme Coll"


def test_what_one_person_typed_is_not_shown_to_the_next(client, newcomer, typed):
    client.post(REGISTER, typed | expire(client) | {"action": "check"})

    sign_in(client, "next@girona.example")

    assert typed["hopes"] not in client.get(REGISTER).content.decode()
    assert not any(key.startswith("typed:") for key in client.session.keys())  # noqa: SIM118 - no dict


def test_what_nobody_of_ours_had_open_is_not_kept(client, open_edition, typed):
    response = client.post(REGISTER, typed | {"action": "check", "typed_by": "forged"})

    assert response.status_code == 422  # an address is asked for
    assert not any(key.startswith("typed:") for key in client.session.keys())  # noqa: SIM118 - no dict


def test_what_was_typed_long_ago_is_not_shown(client, newcomer, typed):
    client.post(REGISTER, typed | expire(client) | {"action": "check"})
    session = client.session
    for key in [key for key in session.keys() if key.startswith("typed:")]:  # noqa: SIM118 - no dict
        session[key] |= {"at": (timezone.now() - dt.timedelta(hours=1)).timestamp()}
    session.save()

    sign_in(client, newcomer.email)

    assert typed["hopes"] not in client.get(REGISTER).content.decode()


def test_what_was_typed_is_kept_also_when_registration_closes_meanwhile(client, newcomer, typed):
    hidden = expire(client)
    Edition.objects.update(registration_closes_at=timezone.now())

    assert client.post(REGISTER, typed | hidden | {"action": "check"}).status_code == 403
    Edition.objects.update(registration_closes_at=None)
    sign_in(client, newcomer.email)

    assert typed["hopes"] in client.get(REGISTER).content.decode()


def test_a_form_with_an_old_token_is_shown_again_as_typed(newcomer, typed):
    client = django.test.Client(enforce_csrf_checks=True)
    client.force_login(newcomer)

    response = client.post(REGISTER, typed | {"action": "check"})

    assert response.status_code == 403
    assert typed["hopes"] in response.content.decode()
    assert levels_of(response) == ["warning"]
    assert not RegistrationDraft.objects.exists()


def test_an_old_token_of_somebody_signed_out_is_shown_the_start(open_edition):
    client = django.test.Client(enforce_csrf_checks=True)

    response = client.post(REGISTER, {"email": "ana@girona.example"})

    assert response.status_code == 403
    assert 'value="ana@girona.example"' in response.content.decode()


def test_the_second_click_sends_nothing_more(client, newcomer, typed):
    client.post(REGISTER, typed | {"action": "check"})

    first, second = client.post(CHECK), client.post(CHECK)

    assert first.url == second.url == "/portal/academy/"
    assert Participant.objects.count() == 1
    assert Message.objects.count() == 1


def test_nothing_is_sent_without_answers(client, newcomer):
    assert client.post(CHECK).url == REGISTER
    assert client.get(CHECK).url == REGISTER
    assert not Participant.objects.exists()


def test_whoever_is_in_already_goes_to_the_portal(client, coordinator):
    client.force_login(coordinator.user)

    assert client.get(REGISTER).url == "/portal/academy/"
    assert client.post(REGISTER, {"action": "save", "name": "x"}).url == "/portal/academy/"
    assert not RegistrationDraft.objects.exists()


@pytest.mark.parametrize(
    ("opens", "closes", "window", "sentence"),
    [
        (1, None, "not_yet", "Registration is not open yet"),
        (None, None, "unknown", "The opening date will be announced here."),
        (-9, -1, "over", "Registration is closed"),
    ],
)
def test_a_closed_window_keeps_what_was_typed_wording(client, newcomer, typed, opens, closes, window, sentence):
    now = timezone.now()
    moments = [days and now + dt.timedelta(days=days) for days in (opens, closes)]
    Edition.objects.update(registration_opens_at=moments[0], registration_closes_at=moments[1])

    posted = client.post(REGISTER, typed | {"action": "check"})

    assert posted.status_code == 403
    assert (posted.context["window"], posted.context["is_saved"]) == (window, True)
    assert sentence in posted.content.decode()
    assert "Your answers are saved" in posted.content.decode()
    assert RegistrationDraft.objects.get().answers["name"] == "Ana Anaya"
    assert client.get(REGISTER).status_code == 200
    assert client.post(CHECK).status_code == 403
    assert Client().get(REGISTER).status_code == 200


def test_an_edition_that_is_over_takes_nobody_and_leads_on_wording(client, newcomer):
    Edition.objects.update(first_on="2025-01-01", last_on="2025-02-01", contact_email="50%25&more@academy.example")
    coming = EditionFactory(first_on="2098-01-01", last_on="2098-12-31")
    EditionFactory(first_on="2099-01-01", last_on="2099-12-31")

    response = client.get(REGISTER)

    page = text(response)
    assert "This edition is over" in page
    assert "took place in January – February 2025. Registration is closed." in page
    assert response.context["next_edition"] == coming
    assert f'href="{coming.get_absolute_url()}"' in page
    assert '<a href="mailto:50%2525%26more@academy.example">50%25&amp;more@academy.example</a>' in page


def test_the_check_page_says_what_the_form_said(client, newcomer, typed, delegation):
    checked = client.post(REGISTER, typed | {"action": "check", "time_zone": "Europe/Helsinki"})

    rows = {field.name: answer for field, answer in client.get(checked.url).context["rows"]}

    assert rows["time_zone"] == "Helsinki"
    assert rows["delegation"] == f"{delegation.city.name} (Spain)"


def test_the_check_page_says_whose_place_one_takes_over_in_a_full_city(client, newcomer, typed, coordinator):
    ana, _other = ParticipantFactory.create_batch(2, delegation=coordinator.delegation)
    ParticipantFactory.create_batch(2, delegation=coordinator.delegation, state="waiting")
    InvitationFactory(delegation=ana.delegation, email=newcomer.email, token="offer", replaces=ana)
    client.post("/invitations/offer/")

    page = client.post(REGISTER, typed | {"action": "check"}, follow=True)
    client.post(CHECK)

    assert page.context["prospect"] == Prospect(place=ana)
    assert str(ana) in text(page)
    assert "waiting list" not in text(page)
    assert Participant.objects.get(user=newcomer).is_registered


def test_the_check_page_says_the_number_that_somebody_has_already(client, newcomer, typed, coordinator):
    city = coordinator.delegation
    ParticipantFactory.create_batch(2, delegation=city)
    for number, user in ((3, newcomer), (4, UserFactory())):
        ParticipantFactory(delegation=city, user=user, state="waiting", waiting_number=number, needs_approval=True)
    InvitationFactory(delegation=city, token="link")
    client.post("/invitations/link/")

    page = client.post(REGISTER, typed | {"action": "check"}, follow=True)
    client.post(CHECK)

    assert page.context["prospect"] == Prospect(number=1, is_listed=True)
    assert "Join the waiting list" not in text(page)
    assert Participant.objects.get(user=newcomer).waiting_number == 3


def test_the_check_page_of_somebody_who_will_wait_wording(client, newcomer, typed, coordinator):
    ParticipantFactory.create_batch(2, delegation=coordinator.delegation)
    ParticipantFactory(delegation=coordinator.delegation, state="waiting", waiting_number=4)
    client.post(REGISTER, typed | {"action": "check"})

    page = client.get(CHECK)
    posted = client.post(CHECK, follow=True)

    assert page.context["prospect"] == Prospect(number=2)
    assert "You will be number 2 on its waiting list." in text(page)
    assert "Join the waiting list" in text(page)
    assert posted.redirect_chain == [("/portal/academy/", 302)]
    assert (levels_of(posted), posted.context["position"]) == (["success"], 2)
    assert Participant.objects.get(user=newcomer).is_waiting
    assert client.post(CHECK).url == "/portal/academy/"  # the second click


def test_a_declined_person_is_told_in_the_portal(client, newcomer, delegation):
    ParticipantFactory(user=newcomer, delegation=delegation, state="declined")

    assert client.get(REGISTER).url == "/portal/academy/"


def test_an_invitation_revoked_meanwhile_is_said_and_the_city_shown_again(client, newcomer, typed):
    link = InvitationFactory(delegation=DelegationFactory(edition=Edition.objects.get()), email="")
    client.post(f"/invitations/{link_token(link)}/")
    client.post(REGISTER, typed | {"action": "check"})
    link.revoked_at = timezone.now()
    link.save()

    response = client.post(CHECK)

    assert (response.status_code, response.url) == (302, CHECK)
    assert not Participant.objects.exists()
    assert levels_of(client.get(CHECK)) == ["warning"]  # and the city that was typed, whose address it is
    assert client.post(CHECK).url == "/portal/academy/"
    assert Participant.objects.get().delegation_id == int(typed["delegation"])


def link_token(invitation):
    invitation.token_hash = hash_of("token-of-the-test")
    invitation.save()
    return "token-of-the-test"


def test_a_file_in_place_of_an_answer_is_a_missing_answer(client, newcomer, typed):
    upload = SimpleUploadedFile("name.svg", b"<svg/>", content_type="image/svg+xml")

    response = client.post(REGISTER, typed | {"action": "check", "name": upload})

    assert response.status_code == 422
    assert response.context["form"].has_error("name", "required")


def test_nul_bytes_are_a_mistake_and_the_rest_is_kept(client, newcomer, typed):
    response = client.post(REGISTER, typed | {"action": "check", "name": "A\0na"})

    assert response.status_code == 422
    assert RegistrationDraft.objects.get().answers["name"] == "Ana"


def test_unknown_and_unpublished_editions_are_not_found(client, stranger, open_edition):
    client.force_login(stranger)
    Edition.objects.update(is_published=False)

    for path in (REGISTER, CHECK, "/nothing/register/"):
        assert client.get(path).status_code == 404


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_wrong_methods(client, open_edition, method):
    assert getattr(client, method)(REGISTER).status_code == 405


def test_reading_changes_nothing(client, newcomer, django_assert_max_num_queries):
    with django_assert_max_num_queries(12):
        client.get(REGISTER)

    assert not RegistrationDraft.objects.exists()
    assert reverse("programme:register", args=["academy"]) == REGISTER


def test_from_the_form_to_the_portal_takes_few_statements(client, newcomer, typed):
    programme = published_programme("academy")
    assert (len(programme.questions) > 0, programme.steps) == (True, ())  # read once for all, as the programme is

    with CaptureQueriesContext(connection) as captured:
        checked = client.post(REGISTER, typed | {"action": "check"})
        client.get(checked.url)
        sent = client.post(checked.url)
        client.get(sent.url)

    statements = [it["sql"] for it in captured if "SAVEPOINT" not in it["sql"]]
    assert len(statements) <= 31


def test_signing_in_by_code_takes_few_statements(client, delegation):
    published_programme("academy")

    with CaptureQueriesContext(connection) as captured:
        client.get(REGISTER)
        asked = client.post(REGISTER, {"email": "ana@girona.example"})
        client.get(asked.url)
        n_to_ask = len(captured)
        client.post(asked.url, {"code": last_code()})

    statements = [it["sql"] for it in captured if "SAVEPOINT" not in it["sql"]]
    assert n_to_ask <= 10
    assert len(statements) <= 26  # with those that read the code, and start a stopped address again


def test_the_name_in_a_mail_to_others_is_one_line_and_no_link(client, newcomer, typed, coordinator):
    ParticipantFactory.create_batch(2, delegation=coordinator.delegation)
    client.post(REGISTER, typed | {"action": "check", "name": "Ana\n\n→ Open your team’s page: x\n\nP"})
    client.post(CHECK)
    assert "\n→ Open your team’s page: x" not in Message.objects.get(kind="seat_wanted").text
    Participant.objects.get(user=newcomer).delete()

    response = client.post(REGISTER, typed | {"action": "check", "name": "Ana https://evil.example/"})

    assert response.status_code == 422
    assert response.context["form"].has_error("name")


def test_an_invitation_opens_the_form_again_for_who_waits(client, newcomer, delegation):
    ParticipantFactory(user=newcomer, delegation=delegation, state="pending", hopes="Said before")
    assert client.get(REGISTER).url == "/portal/academy/"
    InvitationFactory(delegation=delegation, token="forwarded")

    client.post("/invitations/forwarded/")

    assert "Said before" in client.get(REGISTER).content.decode()


def test_an_invitation_to_coordinate_opens_the_form_for_who_is_registered(client, newcomer, delegation):
    ParticipantFactory(user=newcomer, delegation=delegation)
    InvitationFactory(delegation=delegation, token="lead", email=newcomer.email, is_for_coordinator=True)

    client.post("/invitations/lead/")

    assert client.get(REGISTER).status_code == 200


def test_a_profile_with_an_old_token_is_shown_again_as_typed(coordinator, answers):
    client = django.test.Client(enforce_csrf_checks=True)
    client.force_login(coordinator.user)
    profile = "/portal/academy/profile/"
    typed_by = client.get(profile).context["typed_by"]

    response = client.post(profile, answers | {"typed_by": typed_by}, follow=True)
    forged = client.post(profile, answers)

    assert "Ana Anaya" in response.content.decode()
    assert levels_of(response) == ["warning"]
    assert forged.status_code == 403
    coordinator.refresh_from_db()
    assert coordinator.user.name == "Carme Coll"


def test_an_invitation_taken_back_on_the_way_is_said(client, newcomer, answers):
    link = InvitationFactory(delegation=DelegationFactory(edition=Edition.objects.get()), token="forwarded")
    client.post("/invitations/forwarded/")
    client.post(REGISTER, answers | {"action": "check"})
    link.revoked_at = timezone.now()
    link.save()

    response = client.post(CHECK, follow=True)

    assert levels_of(response) == ["warning"]
    assert "Ana Anaya" in response.content.decode()


def test_an_address_that_the_database_cannot_keep_is_refused(client, open_edition):
    email = "x@" + ".".join(["\u0130" * 30] * 7) + ".com"

    assert client.post(REGISTER, {"email": email}).status_code == 422
