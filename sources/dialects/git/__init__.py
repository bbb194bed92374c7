"""Content in a Git repository: the command that is asked, and the files of a revision."""
