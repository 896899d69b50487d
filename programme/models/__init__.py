"""The models of editions, their programmes and the people who take part, one file per noun."""

from programme.models.action_plan import ActionPlan, ActionPlanPart, ActionPlanVersion
from programme.models.action_plan_feedback import ActionPlanComment, PeerFeedback
from programme.models.action_plan_file import ActionPlanFile
from programme.models.action_plan_step import ActionPlanDueTold, ActionPlanStep
from programme.models.announcement import Announcement, SpentSequence
from programme.models.answer import Answer, QuestionReminder
from programme.models.answer_file import AnswerFile
from programme.models.application import Application, ApplicationAnswer, ApplicationDecision, ApplicationDraft
from programme.models.application_score import (
    ApplicationConflict,
    ApplicationCriterion,
    ApplicationNote,
    ApplicationScore,
)
from programme.models.campaign import Campaign, CampaignRecipient, SavedText, Unsubscription
from programme.models.certificate_layout import CertificateLayout
from programme.models.checklist import ChecklistItem
from programme.models.city import City
from programme.models.coming import ComingAnswer, ComingQuestion
from programme.models.delegation import Delegation
from programme.models.edition import Edition
from programme.models.email_words import EmailWords
from programme.models.feedback_set import FeedbackSet
from programme.models.invitation import Invitation
from programme.models.invitation_email import InvitationEmail
from programme.models.logo import Logo
from programme.models.material import Material
from programme.models.notice import Notice
from programme.models.participant import Participant
from programme.models.person_view import PersonView
from programme.models.plain_name import NamedUser, PlainLetter, PlainName
from programme.models.question import Choice, Question
from programme.models.registration import RegistrationDraft
from programme.models.seat import Seat
from programme.models.seat_count import SeatCount
from programme.models.session import Session
from programme.models.session_draft import SessionDraft
from programme.models.speaker import SessionSpeaker, Speaker, SpeakerPicture
from programme.models.staff_assignment import AssignedEdition, StaffAssignment
from programme.models.track import Track
from programme.models.venue import Room, Venue

__all__ = [
    "ActionPlan",
    "ActionPlanComment",
    "ActionPlanDueTold",
    "ActionPlanFile",
    "ActionPlanPart",
    "ActionPlanStep",
    "ActionPlanVersion",
    "Announcement",
    "Answer",
    "AnswerFile",
    "Application",
    "ApplicationAnswer",
    "ApplicationConflict",
    "ApplicationCriterion",
    "ApplicationDecision",
    "ApplicationDraft",
    "ApplicationNote",
    "ApplicationScore",
    "AssignedEdition",
    "Campaign",
    "CampaignRecipient",
    "CertificateLayout",
    "ChecklistItem",
    "Choice",
    "City",
    "ComingAnswer",
    "ComingQuestion",
    "Delegation",
    "Edition",
    "EmailWords",
    "FeedbackSet",
    "Invitation",
    "InvitationEmail",
    "Logo",
    "Material",
    "NamedUser",
    "Notice",
    "Participant",
    "PeerFeedback",
    "PersonView",
    "PlainLetter",
    "PlainName",
    "Question",
    "QuestionReminder",
    "RegistrationDraft",
    "Room",
    "SavedText",
    "Seat",
    "SeatCount",
    "Session",
    "SessionDraft",
    "SessionSpeaker",
    "Speaker",
    "SpeakerPicture",
    "SpentSequence",
    "StaffAssignment",
    "Track",
    "Unsubscription",
    "Venue",
]
