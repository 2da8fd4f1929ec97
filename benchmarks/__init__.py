"""Speed and memory of zoo beside other libraries on the same work, in one go, and beside what the machine can do.

    python -m benchmarks                         # every family
    python -m benchmarks feedforward             # one
    python -m benchmarks feedforward --large     # also what takes minutes and gigabytes
    python -m benchmarks --record                # writes benchmarks/RESULTS.md as well

A family is a file here with a list `ROWS`: a `Race` times zoo and its peers in alternating rounds, a `Bound` holds one
measured quantity to a bound. A new file is found by its name; nothing else names it. Look at `feedforward.py` for one.
"""
