"""`python -m bot.cli`: the same as `harkback`."""

from bot.cli.main import main

main()
