"""URLs of allauth's pages. Ours come first and keep allauth's names, which it looks up."""

from allauth.account.urls import urlpatterns as account_urls
from django.urls import include, path
from django.views.generic import RedirectView

from udtacademy.accounts import views as accounts
from udtacademy.http.late_views import late_view

OPENID_CONNECT = "udtacademy.accounts.openid_connect.views"
OWN_DATA = "udtacademy.accounts.own_data_views"

urlpatterns = [
    path("login/code/", accounts.RequestCode.as_view(), name="account_request_login_code"),
    path("login/code/confirm/", accounts.ConfirmCode.as_view(), name="account_confirm_login_code"),
    path("confirm-email/", accounts.ConfirmAddress.as_view(), name="account_email_verification_sent"),
    path("password/reset/", accounts.ResetPassword.as_view(), name="account_reset_password"),
    path("password/reset/confirm/", accounts.ConfirmReset.as_view(), name="account_confirm_password_reset_code"),
    path("email/", accounts.ChangeEmail.as_view(), name="account_email"),
    path("signup/", RedirectView.as_view(pattern_name="account_request_login_code", query_string=True)),
    path("connections/", late_view(f"{OPENID_CONNECT}.connections"), name="socialaccount_connections"),
    path("oidc/<slug:provider_id>/login/", late_view(f"{OPENID_CONNECT}.leave"), name="openid_connect_login"),
    path(
        "oidc/<slug:provider_id>/login/callback/",
        late_view(f"{OPENID_CONNECT}.come_back"),
        name="openid_connect_callback",
    ),
    path("data/", late_view(f"{OWN_DATA}.own_data"), name="own-data"),
    path("data/download/", late_view(f"{OWN_DATA}.own_data_download"), name="own-data-download"),
    *account_urls,
    path("2fa/", include("allauth.mfa.urls")),
    path("sessions/", accounts.SignIns.as_view(), name="usersessions_list"),
    path("sessions/", include("allauth.usersessions.urls")),
]
