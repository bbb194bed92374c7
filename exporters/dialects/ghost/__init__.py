"""Ghost: lexical cards, internal tags, and the calls that carry them."""
