"""Adaptive resonance as the papers write it, one number at a time: what the fast versions are compared with.

Nothing here is taken from the package. Each net takes one input and returns the number of the category that coded it
and those that were reset before, in order.
"""

import math


def norm(x):
    return sum(x)


def meet(x, y):
    """The fuzzy AND, which is the intersection where all values are 0 or 1."""
    return [min(a, b) for a, b in zip(x, y, strict=True)]


class Net:
    """The search cycle: choose, compare, reset or resonate."""

    def __init__(self, rho, competes):
        self.rho, self.competes = rho, competes
        self.w = []

    def present(self, I):
        reset = []
        while True:
            J, best = None, -math.inf
            for j, w in enumerate(self.w):
                if j not in reset and self.choice(I, w) > best:
                    J, best = j, self.choice(I, w)
            if J is None or (self.competes and self.uncommitted(I) > best):
                self.w.append(list(I))
                return len(self.w) - 1, reset
            if self.match(I, self.w[J]) >= self.rho:
                self.w[J] = self.learned(I, self.w[J])
                return J, reset
            reset.append(J)
            if self.first_reset_settles:
                self.w.append(list(I))
                return len(self.w) - 1, reset

    first_reset_settles = False


class FuzzyArt(Net):
    """Carpenter, Grossberg and Rosen (1991), Fuzzy ART."""

    def __init__(self, rho, alpha, beta, competes):
        super().__init__(rho, competes)
        self.alpha, self.beta = alpha, beta

    def present(self, a):
        return super().present([*a, *(1 - x for x in a)])

    def choice(self, I, w):
        return norm(meet(I, w)) / (self.alpha + norm(w))

    def uncommitted(self, I):
        return self.choice(I, [1] * len(I))

    def match(self, I, w):
        return norm(meet(I, w)) / (len(I) / 2)

    def learned(self, I, w):
        return [self.beta * m + (1 - self.beta) * old for m, old in zip(meet(I, w), w, strict=True)]


class Art1(Net):
    """Carpenter and Grossberg (1987) with fast learning: bottom-up weights L w / (L − 1 + |w|), top-down weights w."""

    def __init__(self, rho, L, competes):
        super().__init__(rho, competes)
        self.L = L

    def choice(self, I, w):
        return self.L * norm(meet(I, w)) / (self.L - 1 + norm(w))  # the bottom-up weights of the ones in I, added

    def uncommitted(self, I):
        return self.choice(I, [1] * len(I))

    def match(self, I, w):
        return norm(meet(I, w)) / norm(I)

    def learned(self, I, w):
        return meet(I, w)


class Art2a(Net):
    """Carpenter, Grossberg and Rosen (1991), ART 2-A."""

    first_reset_settles = True

    def __init__(self, rho, alpha, beta, theta, competes):
        super().__init__(rho, competes)
        self.alpha, self.beta, self.theta = alpha, beta, theta

    def present(self, a):
        strong = [x if x > self.theta else 0.0 for x in self.unit(a)]
        return super().present(self.unit(strong))

    @staticmethod
    def unit(x):
        length = math.sqrt(sum(each * each for each in x))
        return [each / length for each in x] if length else list(x)

    def choice(self, I, w):
        return sum(a * b for a, b in zip(I, w, strict=True))

    def uncommitted(self, I):
        return self.alpha * norm(I)

    match = choice

    def learned(self, I, w):
        psi = self.unit([x if old > self.theta else 0.0 for x, old in zip(I, w, strict=True)])
        return self.unit([self.beta * p + (1 - self.beta) * old for p, old in zip(psi, w, strict=True)])


class FuzzyArtmap(FuzzyArt):
    """Carpenter, Grossberg, Markuzon, Reynolds and Rosen (1992): a reset by the map field raises the vigilance."""

    def __init__(self, rho, alpha, beta, competes, epsilon):
        super().__init__(rho, alpha, beta, competes)
        self.epsilon, self.classes = epsilon, []

    def learn(self, a, target):
        I = [*a, *(1 - x for x in a)]
        rho, strictly, reset = self.rho, False, []
        while True:
            J, best = None, -math.inf
            for j, w in enumerate(self.w):
                if j not in reset and self.choice(I, w) > best:
                    J, best = j, self.choice(I, w)
            if J is None or (self.competes and self.uncommitted(I) > best):
                if rho > 1 or (strictly and rho == 1):
                    return None, reset
                self.w.append(I)
                self.classes.append(target)
                return len(self.w) - 1, reset
            match = self.match(I, self.w[J])
            if match > rho or (match == rho and not strictly):
                if self.classes[J] == target:
                    self.w[J] = self.learned(I, self.w[J])
                    return J, reset
                rho, strictly = match + self.epsilon, self.epsilon == 0
            reset.append(J)
