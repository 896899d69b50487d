"""The admin's site and what every ModelAdmin of ours has: safe lists, bulk actions with a question, a readable history."""
