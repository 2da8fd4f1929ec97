"""The likelihood of an RBM over its training by CD-1, CD-10, PCD and tempered chains, exact, on bars and stripes."""

import sys

import matplotlib.pyplot as plt

import zoo

RULES = {
    "CD-1": {"chains": "contrastive", "steps": 1},
    "CD-10": {"chains": "contrastive", "steps": 10},
    "PCD": {"chains": "persistent"},
    "tempered": {"chains": "tempered"},
}
epochs, target = int(sys.argv[1]), sys.argv[2]
for name, rule in RULES.items():
    model = zoo.train("rbm", "bars-and-stripes", hidden=16, epochs=epochs, seed=0, measure="log_likelihood", **rule)
    plt.plot(model.history["train"]["log_likelihood"], label=name)
plt.xlabel("epoch")
plt.ylabel("log-likelihood, nats a row")
plt.legend()
plt.savefig(target)
