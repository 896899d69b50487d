from django.contrib.admin import apps as admin_apps


class AcademyAdminConfig(admin_apps.AdminConfig):
    """django.contrib.admin with our own site as its default."""

    default = False
    default_site = "udtacademy.admin.site.AcademyAdminSite"
