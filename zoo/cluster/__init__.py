"""Training on the processes of a cluster: what is sent, who measures it, and one file for each engine."""
