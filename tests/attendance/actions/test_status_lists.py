import pytest
from django.db import DatabaseError, transaction

from attendance.actions import status_lists
from attendance.actions.status_lists import number_certificates, number_some
from attendance.models import StatusListEntry
from tests.factories.attendance import CertificateFactory
from tests.factories.people import ParticipantFactory
from tests.threads import in_threads


@pytest.fixture
def certificates(delegation, organiser):
    return [
        CertificateFactory(participant=ParticipantFactory(delegation=delegation), issued_by=organiser)
        for _n in range(3)
    ]


@pytest.mark.django_db(transaction=True)
def test_each_certificate_gets_one_number_whoever_asks(certificates):
    assert sum(in_threads([number_some, number_some, number_some])) == 3

    assert number_certificates() == 0
    assert StatusListEntry.objects.count() == 3


def test_a_list_that_is_half_used_is_followed_by_another(certificates, monkeypatch):
    monkeypatch.setattr(status_lists, "MOST_USED", 2)
    monkeypatch.setattr(status_lists, "AT_A_TIME", 2)

    number_certificates()

    assert list(StatusListEntry.objects.values_list("list_number", flat=True)) == [1, 1, 2]


def test_a_number_is_never_changed_or_given_away(certificates):
    number_certificates()

    for change in (lambda it: it.update(index=1), lambda it: it.delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            change(StatusListEntry.objects.all())
