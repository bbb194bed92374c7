"""OAI-PMH: what is stored, how it is asked for, and the XML of the answers."""
