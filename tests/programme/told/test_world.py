"""The model's own parts: that nothing is wrong where nothing happens, and that they see what is."""

from tests.programme.told.world import ANA, DAY


def test_a_programme_that_is_held_as_planned_has_no_fault(world):
    world.choose(ANA, "lab")
    world.wait(10 * DAY)
    world.settle()

    world.check()
    subjects = [letter.subject for _at, letter in world.inboxes[ANA].letters.values()]
    print(subjects)
