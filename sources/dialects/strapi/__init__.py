"""Reading Strapi: which query answers with all, and what an entry becomes."""
