"""The settings of a run, from options, environment, ini file and `apismoke.toml`. Read once."""
