from pathlib import Path

from django.conf import settings

from udtacademy.outbox.kinds import KINDS, kind_label

TEMPLATES = Path(settings.BASE_DIR) / "templates"


def test_every_email_has_a_name_in_words():
    ours = {file.stem for file in (TEMPLATES / "emails").glob("[a-z]*.txt")}
    of_accounts = {
        file.name.removesuffix("_subject.txt")
        for app in ("account", "mfa", "socialaccount")
        for file in (TEMPLATES / app / "email").glob("*_subject.txt")
    }

    assert set(KINDS) == ours | of_accounts


def test_an_unknown_kind_is_called_by_its_name():
    assert kind_label("seat_offered") != "seat_offered"
    assert kind_label("of_old") == "of_old"
