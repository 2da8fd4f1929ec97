"""`zoo playground`: a run of the real trainer in a process of its own, shown and steered by a page in the browser.

page ── WebSocket ── server.py ── child.py ── pipes ── worker.py ── zoo.training.run.train
                     (relays)                          (trains; views are drawn between two batches)
"""
