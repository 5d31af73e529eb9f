"""Question to answer: a function per stage. Permission comes before ranking, everywhere."""
