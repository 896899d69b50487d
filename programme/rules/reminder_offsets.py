"""Limits of reminder offsets: how long before a session a reminder may be sent, and how many there may be."""

import datetime as dt

MOST_REMINDERS = 6
LONGEST_OFFSET = dt.timedelta(days=60)
