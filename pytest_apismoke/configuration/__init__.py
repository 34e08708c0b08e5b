"""What a run was told, and where: options, environment, ini file, `apismoke.toml`. Read once."""
