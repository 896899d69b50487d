"""Built-in emails as samples: what they say without an edition's own words, and with them. Nothing is saved."""

from dataclasses import dataclass

from programme.built_in_emails import BUILT_IN
from programme.models import Edition
from programme.queries.email_words import Sample, sampling
from programme.rules.email_words import NO_WORDS, Words, with_names
from udtacademy.outbox.kinds import sample_of
from udtacademy.outbox.models import Message


@dataclass(frozen=True)
class BuiltInWords:
    """What can be replaced in a kind of email, with its placeholders, and a made-up example of each by name."""

    words: Words
    examples: dict[str, str]


def written_sample(kind: str, language: str, words: Words = NO_WORDS, edition: Edition | None = None) -> Message:
    """Return the sample of a kind of email with some words, of an edition or of one that is made up. `kind`: one of BUILT_IN."""
    return _written(kind, Sample(language, words, edition))


def examples_of(kind: str, language: str, edition: Edition) -> dict[str, str]:
    """Return an example of each placeholder of a kind of email, by name, as the samples of an edition have it."""
    sample = Sample(language, edition=edition)
    _written(kind, sample)
    return sample.values


def built_in_words(kind: str, language: str) -> BuiltInWords:
    """Return what is built in, told by a sample of an edition that is made up: its name is nothing else in the text."""
    sample, built_in = Sample(language), BUILT_IN[kind]
    message = _written(kind, sample)
    subject = message.subject if built_in.has_subject else ""
    opening = sample.opening if built_in.replaces else ""
    words = Words(with_names(subject, sample.values), with_names(opening, sample.values))
    return BuiltInWords(words, sample.values)


def _written(kind: str, sample: Sample) -> Message:
    with sampling(sample):
        message = sample_of(kind)
    assert message is not None  # noqa: S101 - a test holds that each kind has a sample
    return message
