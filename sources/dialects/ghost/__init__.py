"""Reading Ghost: who asks, and what its posts become."""
