"""allauth's own tables are its business: whoever edits them by hand locks people out, or lets them in."""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin

admin.site.unregister([EmailAddress, Authenticator, UserSession])
