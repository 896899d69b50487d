import pytest
from django.core.management import CommandError, call_command

from attendance.models import Attendance, Excuse, FeedbackTally
from programme.models import Session


@pytest.mark.django_db
def test_the_demo_has_a_past_and_a_meeting(settings):
    settings.DEBUG = True
    call_command("seed_demo", verbosity=0)

    call_command("seed_attendance", verbosity=0)
    n = Attendance.objects.established().count()
    call_command("seed_attendance", verbosity=0)

    assert Attendance.objects.established().count() == n > 0
    assert Excuse.objects.asked().count() == 1
    assert sorted(FeedbackTally.objects.values_list("n_given", flat=True)) == [3, 14]
    assert not Session.objects.filter(edition__slug="demo", format="online", meeting_url="").exists()


@pytest.mark.django_db
def test_the_demo_is_refused_in_production():
    with pytest.raises(CommandError, match="works only with DEBUG"):
        call_command("seed_attendance", verbosity=0)
