"""Speakers of the demo edition in different states, and materials of its sessions. All people are invented."""

import datetime as dt

from django.db import transaction

from programme.actions.materials import add_material
from programme.actions.speaker_answers import About, answer_as_speaker
from programme.actions.speakers import NewSpeaker, add_speaker, ask_speaker
from programme.models import Edition, Material, Session, Speaker
from udtacademy.accounts.models import User

ABOUT = "I look after the city’s data, and ask first who will use it.\n\nBefore that I planned streets for ten years."
SPEAKERS = [  # session, part, name, role, organisation, and whether they consented; None: has not answered
    ("peer-learning", "moderator", "Inês Duarte", "Head of data", "Lunar de Baixo", True),
    ("peer-learning", "speaker", "Tuomas Järvi", "City architect", "Ilmarinkylä", True),
    ("digital-lab-guidelines", "speaker", "Ελένη Μάρκου", "Researcher", "Institute for Streets", False),
    ("preparing-for-the-in-person-meeting", "moderator", "Inês Duarte", "Head of data", "Lunar de Baixo", True),
    ("codesigning-digital-twins", "speaker", "Maëlle d’Orval", "Planner", "Étangville", True),
    ("data-infrastructure", "speaker", "Łukasz Rzepka", "", "", None),
]
LICENCE = Material.Licence.CC_BY
SLIDES = b"""%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 400 225]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>endobj
4 0 obj<</Length 56>>stream
BT /F 20 Tf 40 110 Td (From challenge to use case) Tj ET
endstream endobj
5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj
trailer<</Root 1 0 R/Size 6>>
%%EOF
"""


@transaction.atomic
def seed_speakers(edition: Edition, organiser: User, now: dt.datetime) -> None:
    """Add the speakers, most with an answer, and materials of the first session. Does nothing where there are speakers."""
    if edition.speakers.exists():
        return
    sessions = {it.slug: it for it in edition.sessions.all()}
    for slug, part, name, role, organisation, _consents in SPEAKERS:
        email = f"speaker{[it[2] for it in SPEAKERS].index(name)}@demo.example"
        add_speaker(session=sessions[slug], person=NewSpeaker(name, email, role, organisation), part=part, by=organiser)
    for speaker in edition.speakers.order_by("pk"):
        if any(it.session.ends_at and it.session.ends_at > now for it in speaker.sessions.select_related("session")):
            ask_speaker(speaker=speaker, by=organiser)
        answer(speaker)
    add_materials(edition, sessions["peer-learning"], organiser)


def answer(speaker: Speaker) -> None:
    consents = next(it[5] for it in SPEAKERS if it[2] == speaker.name)
    if consents is not None:
        about = About(speaker.name, speaker.role, speaker.organisation, ABOUT if consents else "")
        answers = dict.fromkeys(speaker.sessions.values_list("pk", flat=True), True)
        answer_as_speaker(speaker=speaker, about=about, consents=consents, answers=answers)


def add_materials(edition: Edition, session: Session, organiser: User) -> None:
    speaker = edition.speakers.get(name="Tuomas Järvi")
    common = {"edition": edition, "session": session, "licence": LICENCE}
    slides = Material(title="From challenge to use case", speaker=speaker, audience="everybody", **common)
    add_material(material=slides, content=SLIDES, name="From challenge to use case.pdf")
    recording = Material(
        title="Recording",
        what="recording",
        url="https://recordings.example/peer-learning",
        added_by=organiser,
        **common,
    )
    add_material(material=recording, content=None, name="")
