from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class ProgrammeConfig(AppConfig):
    name = "programme"
    verbose_name = _("Programme")
    default = True

    def ready(self) -> None:
        from programme import emails  # noqa: PLC0415 - circle of frameworks
        from programme.actions import secrets  # noqa: PLC0415 - circle of frameworks
        from programme.actions.plain_names import fill_plain_names  # noqa: PLC0415 - circle of frameworks
        from programme.actions.untrue_messages import still_true  # noqa: PLC0415 - circle of frameworks
        from programme.models.announcement import would_overtake  # noqa: PLC0415 - circle of frameworks
        from programme.personal_links import CAMPAIGN, stop_link, with_stop_link  # noqa: PLC0415 - circle of frameworks
        from programme.queries import (  # noqa: PLC0415 - circle of frameworks
            calendar_files,
            placeholder_values,
            selections,
        )
        from programme.queries.editions import current_site  # noqa: PLC0415 - circle of frameworks
        from programme.rules.files import LARGER_REQUESTS  # noqa: PLC0415 - circle of frameworks
        from programme.views import coming, own_emails  # noqa: PLC0415 - circle of frameworks
        from udtacademy import checks  # noqa: F401, PLC0415 - circle of frameworks
        from udtacademy.accounts import email_kinds  # noqa: PLC0415 - circle of frameworks
        from udtacademy.db.secrets import SECRETS  # noqa: PLC0415 - circle of frameworks
        from udtacademy.http import request_sizes  # noqa: PLC0415 - circle of frameworks
        from udtacademy.outbox import contents, delivery, kinds, mime  # noqa: PLC0415 - circle of frameworks
        from udtacademy.outbox import models as outbox_models  # noqa: PLC0415 - circle of frameworks

        request_sizes.LARGER.append(LARGER_REQUESTS)
        coming.register()
        own_emails.register()
        selections.register()
        placeholder_values.register()
        mime.UNSUBSCRIBING[CAMPAIGN] = stop_link
        mime.WITH_OWN_LINK[CAMPAIGN] = with_stop_link
        post_migrate.connect(fill_plain_names, sender=self)
        outbox_models.WAITS_WHERE.append(would_overtake)
        delivery.STILL_TRUE.append(still_true)
        kinds.KINDS.update(emails.KINDS)
        kinds.SAMPLES.append("programme.demo.email_samples.SAMPLES")
        contents.CALENDARS.append(calendar_files.file_maker)
        SECRETS.extend(
            [secrets.encrypt_calendar_tokens, secrets.encrypt_speaker_links, secrets.encrypt_sensitive_answers]
        )
        email_kinds.SITES.append(current_site)
