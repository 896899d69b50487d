"""A pytest plugin of `make mutants`: properties try the same examples for each mutant, and the first that fails is enough."""

from hypothesis import Phase, settings

settings.register_profile("mutants", settings.get_profile("ci"), phases=(Phase.explicit, Phase.generate))
settings.load_profile("mutants")
