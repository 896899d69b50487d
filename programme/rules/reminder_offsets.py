"""How long before a session people may be reminded of it, and how often."""

import datetime as dt

MOST_REMINDERS = 6
LONGEST_LEAD = dt.timedelta(days=60)  # how long before a session one can be reminded of it
