"""Organisers try e-mails again, hold them back, and decide on notices of changes; staff see them."""

from django.db import migrations

from programme.roles import give

ROLES = {"viewer": ["view_notice"], "organiser": ["change_message", "view_notice", "change_notice"]}


class Migration(migrations.Migration):
    dependencies = [("programme", "0010_messages")]
    operations = [migrations.RunPython(give("programme", ROLES), migrations.RunPython.noop)]
