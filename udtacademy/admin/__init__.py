"""The admin site and the base classes of our ModelAdmins: restricted filters, confirmed bulk actions, a readable history."""
