"""The table reader: sniff the dialect, parse the cells, read tables, series and sequences."""
