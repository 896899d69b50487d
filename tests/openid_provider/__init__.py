"""An OpenID provider in a process of its own: allauth's (`allauth.idp.oidc`, on oauthlib), with people to sign in as.

It checks what a provider checks: the client and its secret, the callback address, PKCE, and that a code is used once. Tests say who
is there and what it claims of them (`PUT /people/`), also nonsense. `python -m tests.openid_provider CALLBACK…` prints its address.
"""
