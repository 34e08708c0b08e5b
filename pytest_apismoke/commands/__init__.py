"""The console command `apismoke`, and the commands below it."""
