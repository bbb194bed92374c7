"""Web pages, part by part: their text, their metadata, what is selected of them, and where they are."""
