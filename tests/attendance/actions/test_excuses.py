import pytest
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from attendance.actions.decisions import decide
from attendance.actions.excuses import approve_excuse, ask_excuse, decline_excuse, withdraw_excuse
from attendance.models import Attendance, Decision, Excuse
from programme.errors import ProgrammeError
from tests.factories.attendance import EvidenceFactory, ExcuseFactory
from tests.factories.people import ParticipantFactory, UserFactory
from tests.refusals import refused
from tests.threads import in_threads
from udtacademy.outbox.models import Message


def ask(participant, session, kind="excuse", reason="I was ill", **values):
    return ask_excuse(participant=participant, session=session, kind=kind, reason=reason, by=participant.user, **values)


@pytest.fixture
def excuse(participant, session):
    return ask(participant, session)


def status_of(participant):
    return Attendance.objects.values_list("status", "source").get(participant=participant)


def mails():
    return list(Message.objects.order_by("pk").values_list("kind", "to"))


def test_asking_changes_no_attendance_and_writes_to_nobody(participant, session):
    excuse = ask(participant, session, "recording", answer="To begin small")

    assert (excuse.state, excuse.answer, excuse.edition) == ("asked", "To begin small", session.edition)
    assert not Attendance.objects.established().exists()
    assert mails() == []


def test_asking_twice_is_refused_while_the_first_is_open(participant, session, excuse):
    with pytest.raises(ProgrammeError, match="You have already sent a request about this session"):
        ask(participant, session, "correction", "I was there")

    assert Excuse.objects.get().kind == "excuse"


def test_asking_again_after_an_answer_is_possible(participant, session, excuse, organiser):
    decline_excuse(excuse=excuse, reason="Watch the recording instead", by=organiser)

    again = ask(participant, session, "recording", answer="To begin small")

    assert list(Excuse.objects.asked()) == [again]


@pytest.mark.django_db(transaction=True)
def test_asking_in_two_windows_at_once_is_one_request(participant, session):
    outcomes = in_threads([lambda: ask(participant, session)] * 4)

    assert sorted(type(it).__name__ for it in outcomes) == ["Excuse"] + ["ProgrammeError"] * 3
    assert Excuse.objects.count() == 1


@pytest.mark.parametrize(
    ("kind", "answer", "status", "source"),
    [
        ("excuse", "", "excused", "excuse"),
        ("recording", "To begin small", "made_up", "excuse"),
        ("other_date", "", "made_up", "excuse"),
        ("correction", "", "present", "decision"),
    ],
)
def test_approving_makes_of_it_what_was_asked(participant, session, organiser, kind, answer, status, source):
    excuse = ask(participant, session, kind, answer=answer)

    assert approve_excuse(excuse=excuse, by=organiser)

    assert status_of(participant) == (status, source)
    excuse.refresh_from_db()
    assert (excuse.state, excuse.decided_by) == ("approved", organiser)
    assert excuse.decided_at > excuse.asked_at
    assert mails() == [("excuse_approved", participant.user.email)]


def test_an_approved_correction_is_a_decision_with_the_participants_words(participant, session, organiser):
    approve_excuse(excuse=ask(participant, session, "correction", "I sat at the back"), by=organiser)

    decision = Decision.objects.get()
    assert (decision.outcome, decision.by) == ("present", organiser)
    assert decision.reason == "Requested by the participant: I sat at the back"


def test_an_approved_correction_with_the_organisers_words_has_those(participant, session, organiser):
    approve_excuse(excuse=ask(participant, session, "correction"), reason="The speaker saw her", by=organiser)

    decision = Decision.objects.get()
    assert decision.reason == "The speaker saw her"
    assert decision.reason in Message.objects.get().text


def test_a_correction_as_long_as_one_can_write_is_approved(participant, session, organiser):
    excuse = ask(participant, session, "correction", "I was there. " * 76)

    approve_excuse(excuse=excuse, by=organiser)

    assert status_of(participant) == ("present", "decision")


def test_an_approved_excuse_leaves_who_was_present_present(participant, session, organiser):
    EvidenceFactory(participant=participant, session=session, observed_at=session.starts_at)

    approve_excuse(excuse=ask(participant, session), by=organiser)

    assert status_of(participant) == ("present", "door")


def test_an_approved_excuse_does_not_overturn_a_decision(participant, session, organiser):
    decide(cells=[(participant, session)], outcome="absent", reason="Not there", by=organiser)

    approve_excuse(excuse=ask(participant, session), by=organiser)

    assert status_of(participant) == ("absent", "decision")


def test_of_two_that_were_approved_the_later_one_counts(participant, session, organiser):
    approve_excuse(excuse=ask(participant, session), by=organiser)
    approve_excuse(excuse=ask(participant, session, "other_date"), by=organiser)

    assert status_of(participant) == ("made_up", "excuse")


def test_declining_says_why_and_changes_no_attendance(participant, session, excuse, organiser):
    assert decline_excuse(excuse=excuse, reason="Ask before, not after", by=organiser)

    excuse.refresh_from_db()
    assert excuse.decision_reason == "Ask before, not after"
    assert not Attendance.objects.established().exists()
    assert mails() == [("excuse_declined", participant.user.email)]
    assert f"Reason: {excuse.decision_reason}" in Message.objects.get().text


def test_withdrawing_is_possible_while_nobody_has_decided(excuse, participant, organiser):
    assert withdraw_excuse(excuse=excuse, by=participant.user)
    assert not withdraw_excuse(excuse=excuse, by=participant.user)

    assert Excuse.objects.get().state == "withdrawn"
    assert mails() == []


@pytest.mark.parametrize("answer", ["approve", "decline", "withdraw"])
def test_what_is_answered_is_answered_once(excuse, participant, organiser, answer):
    approve_excuse(excuse=excuse, by=organiser)
    again = {
        "approve": lambda: approve_excuse(excuse=excuse, reason="Again", by=organiser),
        "decline": lambda: decline_excuse(excuse=excuse, reason="On second thoughts", by=organiser),
        "withdraw": lambda: withdraw_excuse(excuse=excuse, by=participant.user),
    }

    assert not again[answer]()

    assert (Excuse.objects.get().state, Excuse.objects.get().decision_reason) == ("approved", "")
    assert len(mails()) == 1


@pytest.mark.django_db(transaction=True)
def test_two_organisers_who_answer_at_once_are_one_answer(excuse, participant, organiser):
    outcomes = in_threads(
        [
            lambda: approve_excuse(excuse=excuse, by=organiser),
            lambda: decline_excuse(excuse=excuse, reason="Ask before, not after", by=organiser),
            lambda: withdraw_excuse(excuse=excuse, by=participant.user),
        ]
    )

    assert sorted(outcomes) == [False, False, True]
    state = Excuse.objects.get().state
    assert Attendance.objects.established().count() == (state == "approved")
    assert len(mails()) == (state != "withdrawn")


def test_who_asked_for_a_colleague_is_not_forgotten(participant, session):
    asked = ExcuseFactory(participant=participant, session=session, asked_by=UserFactory())

    with pytest.raises(ProtectedError):
        asked.asked_by.delete()


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"kind": "recording"}, "excuse_recording_has_an_answer"),
        ({"state": "declined"}, "excuse_declined_with_a_reason"),
    ],
)
def test_the_database_refuses_half_an_answer(participant, session, values, constraint):
    with pytest.raises(IntegrityError, match=constraint):
        ExcuseFactory(participant=participant, session=session, **values)


def test_the_database_refuses_two_open_ones_and_one_of_another_edition(excuse, session, fire_deferred_triggers):
    with pytest.raises(IntegrityError, match="excuse_one_open_at_a_time"), transaction.atomic():
        ExcuseFactory(participant=excuse.participant, session=session)

    ExcuseFactory(participant=ParticipantFactory(), session=session)
    with pytest.raises(IntegrityError, match="attendance_excuse_participant_id_same_edition"):
        fire_deferred_triggers()


def test_approving_a_correction_with_the_longest_reason_keeps_it_whole(participant, session, organiser):
    asked = ask(participant, session, "correction", "I was there")

    approve_excuse(excuse=asked, reason="y" * 1000, by=organiser)

    assert Decision.objects.get().reason == "y" * 1000


def test_approving_a_correction_for_no_reason_takes_theirs(participant, session, organiser):
    asked = ask(participant, session, "correction", "I was there")

    approve_excuse(excuse=asked, reason="  ", by=organiser)

    assert asked.reason in Decision.objects.get().reason


def test_declining_without_a_reason_is_refused(participant, session, organiser):
    asked = ask(participant, session, "excuse", "Ill")

    with refused("reason_missing"):
        decline_excuse(excuse=asked, reason=" ", by=organiser)

    assert Excuse.objects.get().is_open


def test_a_recording_without_an_answer_is_asked_for_one(participant, session):
    with pytest.raises(ProgrammeError, match="Answer the question"):
        ask(participant, session, "recording", "Ill")
