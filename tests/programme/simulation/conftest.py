"""What the tests of the model share."""

import pytest

from tests.programme.simulation.clock import teach_database
from tests.programme.simulation.world import ANA, BEN, CLEO, World


@pytest.fixture
def taught(db, settings):
    """A transaction whose database asks the test's clock, and emails that go to the model's mail server."""
    settings.EMAIL_BACKEND = "tests.programme.simulation.mail_server.Backend"
    teach_database()


@pytest.fixture
def empty_world(taught):
    """Friday, 11:00. “Opening” is on Saturday of next week at 16:00, the parallel ones a day later; nobody is registered."""
    world = World()
    yield world
    world.close()


@pytest.fixture
def world(empty_world):
    """The same, and everybody is registered."""
    empty_world.register(ANA)
    empty_world.register(BEN)
    empty_world.register(CLEO)
    empty_world.approve(CLEO)
    empty_world.settle()
    empty_world.check()
    return empty_world
