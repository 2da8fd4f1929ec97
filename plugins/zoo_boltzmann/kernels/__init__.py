"""Fast forms of the rules, one idea a file; each says what it gains and which rule it equals."""
