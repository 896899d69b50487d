"""Meeting platforms' attendance files, without the database: `reading` bytes, `matching` people to a `roster`,
comparing `names`.
"""
