"""One module for each file format, all with the same verbs: `sniff`, `open_file`, `write`."""
