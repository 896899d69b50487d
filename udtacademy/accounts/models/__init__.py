"""Users, their verified addresses and connected accounts, and counts of sign-in attempts."""

from udtacademy.accounts.models.address import Address
from udtacademy.accounts.models.attempt_count import AttemptCount
from udtacademy.accounts.models.connection import Connection
from udtacademy.accounts.models.user import User, UserGroup, UserPermission
from udtacademy.accounts.models.visitor import Visitor

__all__ = ["Address", "AttemptCount", "Connection", "User", "UserGroup", "UserPermission", "Visitor"]
