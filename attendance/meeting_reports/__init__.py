"""Meeting platforms' attendance files, without the database: `reading` files, `matching` people to a `roster`."""
