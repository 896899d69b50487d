"""Database triggers that write plain names, and write them again when what they are made of changes."""

from collections.abc import Sequence

import pgtrigger

from programme.rules.plain_words import APOSTROPHES, SEPARATORS

# A text in lower-case Latin letters, as `rules.plain_words.plain` makes it. Characters without an entry stay.
PLAIN = """(
    SELECT COALESCE(string_agg(CASE WHEN ascii(one) < 128 THEN one ELSE COALESCE(
        (SELECT plain FROM programme_plainletter WHERE letter = one), one
    ) END, '' ORDER BY position), '')
    FROM regexp_split_to_table(normalize({text}, NFKC), '') WITH ORDINALITY AS split(one, position)
)"""


def plain(text: str) -> str:
    """Return the SQL of a text, an SQL expression, in lower-case Latin letters."""
    straight = "''" * len(APOSTROPHES)
    return f"""lower({PLAIN.format(text=f"translate({text}, '{APOSTROPHES}', '{straight}')")} COLLATE "C")"""


def consists_of_plain_words() -> pgtrigger.Trigger:
    """On PlainName: write the row from the names as they are now."""
    return pgtrigger.Trigger(
        name="consists_of_plain_words",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update,
        declare=[("person", "RECORD"), ("everything", "TEXT")],
        func=f"""
            SELECT p.edition_id, u.name, concat_ws(' ', u.name, u.email, c.name) AS everything INTO STRICT person
            FROM programme_participant p JOIN accounts_user u ON u.id = p.user_id
            JOIN programme_delegation d ON d.id = p.delegation_id JOIN programme_city c ON c.id = d.city_id
            WHERE p.id = NEW.participant_id;
            NEW.edition_id := person.edition_id;
            NEW.name := {plain("person.name")};
            everything := {plain("person.everything")};
            NEW.words := array_to_tsvector(array_remove(
                regexp_split_to_array(concat_ws(' ', everything, replace(everything, '''', '')), '{SEPARATORS}'), ''
            ));
            RETURN NEW;
        """,  # noqa: S608 - constant SQL
    )


def gets_plain_name() -> pgtrigger.Trigger:
    """On Participant: write the plain name of those registered; delete that of others."""
    return pgtrigger.Trigger(
        name="gets_plain_name",
        when=pgtrigger.After,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("user_id", "delegation_id", "state"),  # type: ignore[no-untyped-call]
        func="""
            IF NEW.state = 'registered' THEN
                INSERT INTO programme_plainname (participant_id) VALUES (NEW.id)
                ON CONFLICT (participant_id) DO UPDATE SET participant_id = excluded.participant_id;
            ELSE
                DELETE FROM programme_plainname WHERE participant_id = NEW.id;
            END IF;
            RETURN NULL;
        """,
    )


def renews_plain_names(*, fields: Sequence[str], where: str) -> pgtrigger.Trigger:
    """On the models plain names are made of: write those of the participants in `where` again once `fields` change."""
    return pgtrigger.Trigger(
        name="renews_plain_names",
        when=pgtrigger.After,
        operation=pgtrigger.Update,
        condition=pgtrigger.AnyChange(*fields),
        func=f"""
            UPDATE programme_plainname SET participant_id = participant_id
            WHERE participant_id IN (SELECT id FROM programme_participant WHERE {where});
            RETURN NULL;
        """,  # noqa: S608 - constant SQL
    )
