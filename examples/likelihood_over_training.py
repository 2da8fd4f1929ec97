"""The likelihood of an RBM over its training by CD-1, CD-10, PCD and tempered chains, exact, on bars and stripes."""

import math
import sys

import matplotlib.pyplot as plt

import zoo

RULES = {
    "CD-1": ("contrastive", 1),
    "CD-10": ("contrastive", 10),
    "PCD": ("persistent", 1),
    "tempered": ("tempered", 1),
}
epochs, target = int(sys.argv[1]), sys.argv[2]
for name, (chains, steps) in RULES.items():
    rule = {"chains": chains, "steps": steps, "measure": "log_likelihood", "every": math.ceil(epochs / 100)}
    curve = zoo.train("bars", epochs=epochs, **rule).history["train"]["log_likelihood"]
    measured = [(epoch, value) for epoch, value in enumerate(curve, 1) if not math.isnan(value)]
    plt.plot(*zip(*measured, strict=True), label=name)
plt.gca().set(xlabel="epoch", ylabel="log-likelihood, nats a row")
plt.legend()
plt.savefig(target, bbox_inches="tight")
