from django.contrib.admin import apps as admin_apps


class AcademyAdminConfig(admin_apps.AdminConfig):
    """django.contrib.admin with our own site as its default."""

    default = False
    default_site = "udtacademy.admin.site.AcademyAdminSite"

    def ready(self) -> None:
        from udtacademy.admin.lists import show_booleans_as_words  # noqa: PLC0415 - circle of frameworks

        super().ready()
        show_booleans_as_words()
