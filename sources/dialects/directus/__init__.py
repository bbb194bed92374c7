"""Reading Directus: what its collections hold, and what an item becomes."""
