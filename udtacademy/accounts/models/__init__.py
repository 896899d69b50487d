"""People who sign in, their verified addresses, and how often somebody has tried."""

from udtacademy.accounts.models.address import Address
from udtacademy.accounts.models.attempt_count import AttemptCount
from udtacademy.accounts.models.user import User, UserGroup, UserPermission
from udtacademy.accounts.models.visitor import Visitor

__all__ = ["Address", "AttemptCount", "User", "UserGroup", "UserPermission", "Visitor"]
