"""iCalendar: `files` (events and feeds), the `zones` they name, and the `links` to them."""
