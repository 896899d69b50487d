"""Pure rules of attendance, standing and reminders, on plain values: no ORM, no clock."""
