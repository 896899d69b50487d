"""Everything up to the start of a session: editions, their programmes, registrations and seats."""
