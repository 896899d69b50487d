from urllib.parse import parse_qs, urlsplit

import pytest
from django.core import signing
from hypothesis import given, settings
from hypothesis import strategies as st

from attendance.personal_links import join_links
from programme.models import Edition, Participant, Session

ANOTHER_KEY = "of-another-site-" + "y" * 40


def link_of(participant_pk, session_pk):
    session = Session(pk=session_pk, slug="peer-learning", edition=Edition(slug="academy"))
    return join_links.join_link(Participant(pk=participant_pk), session)


def key_of(participant_pk, session_pk):
    return parse_qs(urlsplit(link_of(participant_pk, session_pk)).query)["key"][0]


pks = st.integers(1, 2**63 - 1)


@settings(deadline=None)  # the first one loads all addresses
@given(pks, pks)
def test_join_link_leads_back_to_the_person_and_the_session(participant_pk, session_pk):
    assert join_links.read(key_of(participant_pk, session_pk)) == (participant_pk, session_pk)


def test_join_link_is_absolute_and_needs_no_quoting():
    link = link_of(7, 8)

    assert link == f"http://testserver/join/academy/peer-learning/?key={key_of(7, 8)}"
    assert link.isascii()


def test_join_link_with_one_letter_changed_leads_nowhere():
    key = key_of(7, 8)
    changed = [key[:n] + ("x" if key[n] != "x" else "y") + key[n + 1 :] for n in range(len(key) - 1)]

    assert {join_links.read(it) for it in changed} == {None}


@pytest.mark.parametrize("n", [0, 1, 5, -1])
def test_join_link_cut_short_leads_nowhere(n):
    assert join_links.read(key_of(7, 8)[:n]) is None


def test_join_link_of_another_site_leads_nowhere(settings):
    key = key_of(7, 8)
    settings.SECRET_KEY = ANOTHER_KEY

    assert join_links.read(key) is None


def test_join_link_outlives_a_change_of_the_key(settings):
    key = key_of(7, 8)
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], ANOTHER_KEY

    assert join_links.read(key) == (7, 8)


def test_what_was_signed_for_something_else_leads_nowhere():
    assert join_links.read(signing.dumps([7, 8])) is None
    assert join_links.read(signing.dumps([7, 8], salt="attendance.badge")) is None


@pytest.mark.parametrize("signed", [7, [7], [7, 8, 9], None, []])
def test_what_we_signed_in_another_shape_leads_nowhere(signed):
    assert join_links.read(signing.dumps(signed, salt=join_links.SALT)) is None


@given(st.text())
def test_text_of_any_kind_leads_nowhere(text):
    assert join_links.read(text) is None
