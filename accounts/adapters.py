"""How people get in: by the account an administrator made for them, and in no other way."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter


class AccountAdapter(DefaultAccountAdapter):
    """Nobody signs up by themselves."""

    def is_open_for_signup(self, request):
        return False


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    """Single sign-on opens an existing account and never makes one.

    A person whose provider vouches for an e-mail that one of our accounts has is signed in to that account
    (SOCIALACCOUNT_EMAIL_AUTHENTICATION in the settings); everybody else is told that sign-up is closed.
    """

    def is_open_for_signup(self, request, sociallogin):
        return False
