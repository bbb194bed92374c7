"""What a settled project looked like to the file system: the next run sees at a glance that nothing changed.

A stamp lies beside the cache. To lose it costs time and nothing else; one that is damaged, or not of this
very project, program and ledger, counts as none. `form` and `quick` know nothing but the standard library.
"""
