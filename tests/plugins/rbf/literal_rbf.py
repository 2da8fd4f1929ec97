"""The papers' algorithms, one sample and one function at a time: what the additive versions are compared with."""

import math


def gaussian(x, centre, width):
    return math.exp(-sum((a - c) ** 2 for a, c in zip(x, centre, strict=True)) / (2 * width**2))


def orthogonal_least_squares(candidates, samples, targets, width, count):
    """Chen, Cowan and Grant (1991), section III: forward selection with the classical Gram–Schmidt process.

    targets: one list per sample. Gives the numbers of the chosen, and their error reduction ratios.
    """
    columns = [[gaussian(x, c, width) for x in samples] for c in candidates]
    outputs = list(zip(*targets, strict=True))
    energy = sum(t * t for column in outputs for t in column)
    chosen, orthogonal, ratios = [], [], []
    for _ in range(count):
        best = (-1.0, -1, [])
        for i, p in enumerate(columns):
            if i in chosen:
                continue
            w = list(p)
            for q in orthogonal:
                alpha = dot(q, p) / dot(q, q)
                w = [a - alpha * b for a, b in zip(w, q, strict=True)]
            length = dot(w, w)
            if length < 1e-10 * dot(p, p):
                continue
            ratio = sum(dot(w, t) ** 2 for t in outputs) / (length * energy)
            if ratio > best[0]:
                best = (ratio, i, w)
        ratios.append(best[0])
        chosen.append(best[1])
        orthogonal.append(best[2])
    return chosen, ratios


def lloyd(samples, centres):
    """One iteration: each centre goes to the mean of the samples nearest to it. Also the mean squared distance."""
    members = [[] for _ in centres]
    total = 0.0
    for x in samples:
        distances = [sum((a - b) ** 2 for a, b in zip(x, c, strict=True)) for c in centres]
        members[distances.index(min(distances))].append(x)
        total += min(distances)
    moved = [
        [sum(column) / len(mine) for column in zip(*mine, strict=True)] if mine else list(c)
        for mine, c in zip(members, centres, strict=True)
    ]
    return moved, total / len(samples)


def grnn(samples, targets, x, width):
    """Specht (1991), eq 5: Σ t_i e^(−D_i²/2σ²) / Σ e^(−D_i²/2σ²)."""
    weights = [gaussian(x, s, width) for s in samples]
    return sum(w * t for w, t in zip(weights, targets, strict=True)) / sum(weights)


def pnn(samples, classes, x, width, priors):
    """Specht (1990): by class its prior times the mean of the kernels on its samples, as shares of the sum."""
    densities = []
    for number, prior in enumerate(priors):
        mine = [s for s, c in zip(samples, classes, strict=True) if c == number]
        densities.append(prior * sum(gaussian(x, s, width) for s in mine) / len(mine))
    return [each / sum(densities) for each in densities]


def dot(a, b):
    return sum(x * y for x, y in zip(a, b, strict=True))
