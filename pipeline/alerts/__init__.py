"""Word when something is wrong: incidents, told once each, with their recovery."""
