"""What every database must do: the same tests run on each."""
