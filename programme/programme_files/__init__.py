"""The TOML form of an edition's programme: loaded, dumped without loss, cloned to another year."""
