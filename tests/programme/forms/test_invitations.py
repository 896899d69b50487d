import pytest

from programme.forms.invitations import InviteForm, read_people


@pytest.mark.parametrize(
    ("pasted", "people"),
    [
        ("ana@girona.example", [("ana@girona.example", "")]),
        ("  Ana@Girona.Example  ", [("ana@girona.example", "")]),
        ("Ana Anaya <ana@girona.example>", [("ana@girona.example", "Ana Anaya")]),
        ('"Anaya, Ana" <ana@girona.example>;', [("ana@girona.example", "Anaya Ana")]),
        (
            "Ana <ana@girona.example>, Bo <bo@girona.example>; c@girona.example",
            [("ana@girona.example", "Ana"), ("bo@girona.example", "Bo"), ("c@girona.example", "")],
        ),
        (
            "Name\tE-mail\nAna Anaya\tana@girona.example\nBo Bø\tbo@girona.example\n",
            [("ana@girona.example", "Ana Anaya"), ("bo@girona.example", "Bo Bø")],
        ),
        ("ana@girona.example,Ana,Anaya", [("ana@girona.example", "Ana Anaya")]),
        ("Sinéad O\u2019Rourke <s@x.example>\r\n\r\nИван <i@x.example>", [("s@x.example", "Sinéad O\u2019Rourke"), ("i@x.example", "Иван")]),
        ("O'Brien <o'brien@x.example>", [("o'brien@x.example", "O'Brien")]),
        ("'ana@girona.example'", [("ana@girona.example", "")]),
        ("Ana \u202eanA <ana@girona.example>", [("ana@girona.example", "")]),
        ("http://evil.example/ <ana@girona.example>", [("ana@girona.example", "")]),
        ("mailto:ana@girona.example.", [("ana@girona.example", "")]),
    ],
)  # fmt: skip
def test_lists_as_people_paste_them(pasted, people):
    entries = list(read_people(pasted))

    assert [(line.invitee.email, line.invitee.name) for line in entries] == people


@pytest.mark.parametrize(
    ("pasted", "problems"),
    [
        ("ana@girona.example\nana@GIRONA.example", ["", "in the list twice"]),
        ("ana@girona.example\nBo Bø\nc@@x.example", ["", "no email address", "not an email address"]),
        ("@", ["not an email address"]),
        (
            "a" * 255 + "@x.example",
            ["This address is too long. Email addresses have at most 254 characters."],
        ),
        ("a\0na@girona.example", [""]),
    ],
)
def test_each_line_says_what_is_wrong_with_it(pasted, problems):
    assert [line.problem for line in read_people(pasted)] == problems


@pytest.mark.parametrize(
    ("pasted", "error"),
    [
        ("", "Enter at least one email address."),
        ("nobody here", "Nobody can be invited: nobody here: no email address."),
        ("name", "Enter at least one email address."),
        ("\n".join(f"p{n}@x.example" for n in range(51)), "You can invite at most 50 people at once."),
        ("x" * 20_001, "Ensure this value has at most 20000 characters (it has 20001)."),
    ],
)
def test_a_list_with_nobody_in_it_is_a_mistake(pasted, error):
    form = InviteForm({"people": pasted})

    assert form.errors["people"] == [error]
