"""The metrics of each family as the papers write them, one number at a time, out of a model's weights and encoded rows.

Nothing here is taken from the families. `OF_FAMILIES[family](model, rows, answers)` gives metrics by name; `rows` are
lists of encoded inputs, `answers` what `zoo.predict` says of the raw rows.
"""

import itertools
import math


def som(model, rows, answers):
    """Euclidean maps. T. Kohonen (1982); K. Kiviluoto (1996)."""
    made = model.architecture
    assert made.distance == "euclidean" and not made.toroidal
    units = list(itertools.product(range(made.rows), range(made.columns)))
    hexagonal = made.grid == "hexagonal"
    places = [(c + 0.5 * (r % 2), r * math.sqrt(3) / 2) if hexagonal else (c, r) for r, c in units]
    W = model.weights["W"].tolist()
    quantization = broken = distortion = 0.0
    for x in rows:
        far = [math.dist(x, w) for w in W]
        best, second = sorted(range(len(W)), key=far.__getitem__)[:2]
        quantization += far[best]
        broken += math.dist(places[best], places[second]) > (1 if hexagonal else math.sqrt(2)) + 1e-9
        distortion += sum(
            math.exp(-(math.dist(places[best], place) ** 2) / 2) * d**2 for place, d in zip(places, far, strict=True)
        )
    found = {"quantization_error": quantization, "topographic_error": broken, "distortion": distortion}
    return {name: value / len(rows) for name, value in found.items()}


def art(model, rows, answers):
    """The match of each row with the category it resonates with, of those that resonate with one."""
    if model.architecture.name == "fuzzy-artmap":
        return {}
    W, matches = model.weights["W"].tolist(), []
    for x, (number,) in zip(rows, answers.reshape(len(rows), 1).tolist(), strict=True):
        if number < 0:
            continue
        w = W[int(number)]
        if model.architecture.name == "art1":
            matches.append(sum(a * b for a, b in zip(x, w, strict=True)) / sum(x))
        elif model.architecture.name == "art2a":
            length = math.sqrt(sum(a * a for a in x))
            matches.append(sum(a * b for a, b in zip(x, w, strict=True)) / length)
        else:
            coded = [*x, *(1 - a for a in x)]
            matches.append(sum(map(min, coded, w)) / len(x))
    found = {"categories": len(W), "novel": 1 - len(matches) / len(rows)}
    return found | ({"match": sum(matches) / len(matches)} if matches else {})


def boltzmann(model, rows, answers):
    """Energies, by enumeration of all states. D. H. Ackley, G. E. Hinton and T. J. Sejnowski (1985)."""
    return {"boltzmann": _general, "rbm": _restricted, "dbn": _deep}.get(model.architecture.name, lambda *_: {})(
        model, rows
    )


def _general(model, rows):
    W, b = model.weights["W"].tolist(), model.weights["b"].tolist()
    visible, units = len(rows[0]), len(b)

    def energy(s):
        pairs = sum(W[i][j] * s[i] * s[j] for i in range(units) for j in range(i))
        return -pairs - sum(map(float.__mul__, b, map(float, s)))

    states = [list(h) for h in itertools.product((0, 1), repeat=units - visible)]
    error = free = 0.0
    for v in rows:
        shares = [math.exp(-energy(v + h)) for h in states]
        means = [
            sum(p * h[j] for p, h in zip(shares, states, strict=True)) / sum(shares) for j in range(len(states[0]))
        ]
        for i in range(visible):
            net = b[i] + sum(W[i][j] * s for j, s in enumerate([*v, *means]) if j != i)
            error += (v[i] - 1 / (1 + math.exp(-net))) ** 2
        free -= math.log(sum(shares))
    every = sum(math.exp(-energy(list(s))) for s in itertools.product((0, 1), repeat=units))
    return _likelihood(error / len(rows) / visible, free / len(rows), math.log(every))


def _restricted(model, rows):
    """Of rows of 0 and 1: others are drawn anew at each use."""
    if {value for row in rows for value in row} - {0.0, 1.0} or len(rows[0]) > 8 or model.architecture.labels:
        return {}
    W, a, b = (model.weights[name].tolist() for name in ("W", "visible_bias", "hidden_bias"))
    hidden = range(len(b))

    def free_energy(v):
        nets = [b[j] + sum(v[i] * W[i][j] for i in range(len(v))) for j in hidden]
        return -sum(map(float.__mul__, a, map(float, v))) - sum(math.log(1 + math.exp(net)) for net in nets)

    error = 0.0
    for v in rows:
        h = [1 / (1 + math.exp(-b[j] - sum(v[i] * W[i][j] for i in range(len(v))))) for j in hidden]
        for i, value in enumerate(v):
            error += (value - 1 / (1 + math.exp(-a[i] - sum(map(float.__mul__, W[i], h))))) ** 2
    every = sum(math.exp(-free_energy(v)) for v in itertools.product((0, 1), repeat=len(a)))
    free = sum(map(free_energy, rows)) / len(rows)
    pseudo = 0.0
    for v in rows:
        for i in range(len(v)):
            flipped = [1 - value if number == i else value for number, value in enumerate(v)]
            pseudo -= math.log(1 + math.exp(free_energy(v) - free_energy(flipped)))
    found = _likelihood(error / len(rows) / len(a), free, math.log(every))
    return found | {"pseudo_likelihood": pseudo / len(rows)}


def _deep(model, rows):
    """Up and down again by means. G. E. Hinton, S. Osindero and Y.-W. Teh (2006)."""
    w = model.weights
    if "hidden1/visible_bias" not in w or "hidden1/generative_W" in w or model.signature.task != "unsupervised":
        return {}
    error, layers = 0.0, len(model.architecture.hidden)
    for v in rows:
        values = v
        for layer in range(1, layers + 1):
            W, b = w[f"hidden{layer}/W"].tolist(), w[f"hidden{layer}/b"].tolist()
            values = [_sigmoid(b[j] + sum(x * W[i][j] for i, x in enumerate(values))) for j in range(len(b))]
        for layer in range(layers, 0, -1):
            W, a = w[f"hidden{layer}/W"].tolist(), w[f"hidden{layer}/visible_bias"].tolist()
            values = [_sigmoid(a[i] + sum(map(float.__mul__, W[i], values))) for i in range(len(a))]
        error += sum((x - value) ** 2 for x, value in zip(v, values, strict=True))
    return {"reconstruction_error": error / len(rows) / len(rows[0])}


def _sigmoid(x):
    return 1 / (1 + math.exp(-x))


def _likelihood(error, free, log_partition):
    return {
        "reconstruction_error": error,
        "free_energy": free,
        "log_partition": log_partition,
        "log_likelihood": -free - log_partition,
    }


OF_FAMILIES = {"som": som, "art": art, "boltzmann": boltzmann}


def classification_loss(model, rows, truth):
    """Of nets whose answers are no probabilities of a cross-entropy: half the squares beside 1 of k or the flags of
    labels (D. S. Broomhead and D. Lowe, 1988), and −log P of the right class (D. F. Specht, 1990)."""
    w = model.weights
    if (
        model.architecture.name == "rbf"
        and model.architecture.basis == "gaussian"
        and not model.architecture.normalized
    ):
        squares = 0.0
        for x, flags in zip(rows, truth, strict=True):
            places = zip(w["basis/centres"].tolist(), w["basis/widths"].tolist(), strict=True)
            near = [math.exp(-(math.dist(x, centre) ** 2) / (2 * width**2)) for centre, width in places]
            for k, flag in enumerate(flags):
                y = w["output/b"][k] + sum(w["output/W"][j, k] * value for j, value in enumerate(near))
                squares += (flag - y) ** 2
        return {"loss": squares / 2 / len(rows)}
    if model.architecture.name == "pnn":
        loss, width = 0.0, float(w["width"][0])
        for x, flags in zip(rows, truth, strict=True):
            far = [math.dist(x, sample) ** 2 for sample in w["samples"].tolist()]
            kernels = [math.exp(-(d - min(far)) / (2 * width**2)) for d in far]
            own = [kernel for kernel, k in zip(kernels, w["classes"].tolist(), strict=True) if flags[k]]
            loss -= math.log(max(sum(own) / sum(kernels), 1e-12))
        return {"loss": loss / len(rows)}
    return {}


def of_labels(answers, truth):
    """(precision, recall, F1) of each label, None where one is not defined."""
    found = []
    for said, true in zip(zip(*answers, strict=True), zip(*truth, strict=True), strict=True):
        pairs = [(bool(y), bool(t)) for y, t in zip(said, true, strict=True)]
        hits, false, missed = (pairs.count(kind) for kind in ((True, True), (True, False), (False, True)))
        ratios = ((hits, hits + false), (hits, hits + missed), (2 * hits, 2 * hits + false + missed))
        found.append(tuple(part / whole if whole else None for part, whole in ratios))
    return found


def of_quantities(answers, truth, unit):
    """Metrics of families beside the errors: the loss of encoded targets, of which 1 is `unit`, and the root of the
    squared error by the targets' deviation."""
    errors = [float(y) - float(t) for y, t in zip(answers, truth, strict=True)]
    squared, mean = sum(error**2 for error in errors), sum(map(float, truth)) / len(truth)
    varies = sum((float(t) - mean) ** 2 for t in truth)
    found = {"loss": squared / len(errors) / (2 * unit**2)}
    return found | ({"normalized_error": math.sqrt(squared / varies)} if varies else {})
