"""A meeting platform's attendance file, without the database: `reading` bytes, `matching` people, `names`."""
