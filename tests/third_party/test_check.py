"""`zoo check` says which promises are kept, and why one is broken."""

from __future__ import annotations

import json

import pytest

from zoo.cli import main
from zoo.registry.selection import plugin_files
from zoo.testing import CHECKS, Case
from zoo.testing.report import report

# A mistake in the plugin, and the checks that find it.
MISTAKES = {
    "predict changes weights": (
        "return -away.sum(axis=2)",
        "self.weights['means'] += 1; return -away.sum(axis=2)",
        {"predict is pure"},
    ),
    "randomness of its own": ("+= 0.1 * (x", "+= np.random.default_rng().random() * (x", {"same seed same bits"}),
    "weights of another shape": (
        'yield "means", (signature.outputs, signature.inputs)',
        'yield "means", (signature.outputs, signature.inputs + 0); yield "more", (1,)',
        set(),
    ),
    "an error of its own": ("return [Means(", "raise RuntimeError('oh') or [Means(", {"stop and resume"}),
    "looks at the neighbours": ("away.sum(axis=2)", "away.sum(axis=2) * len(inputs)", {"neighbours do not matter"}),
    "no line of help": ('"of the distance"', '""', {"options round trip"}),
    "state that is not declared": (
        "return Step(model)",
        "step = Step(model); step.state['more'] = np.zeros(3); return step",
        {"shapes are the weights"},
    ),
    "a metric that is not declared": (
        '"rows": float(len(batch))',
        '"lines": float(len(batch))',
        {"metrics are declared"},
    ),
    "a metric that is not finite": ('{"rows": float(len(batch))}', '{"rows": float("nan")}', {"every task trains"}),
}


def outcomes(path) -> dict[str, str]:
    with plugin_files([str(path)]):
        return {found.check: found.outcome for found in report(Case("mean"))}


def test_a_plugin_of_one_file_keeps_the_contract(plugin, capsys):
    assert main(["check", "mean", "--plugin", str(plugin)]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("mean()\n") and "stop and resume" in printed
    assert f"{len(CHECKS) - 4} promises kept, 0 broken, 4 that do not concern it" in printed


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_found(changed, mistake):
    old, new, found = MISTAKES[mistake]
    broken = {check for check, outcome in outcomes(changed((old, new))).items() if outcome == "broken"}
    assert found <= broken, f"found by {broken}"
    assert bool(found) == bool(broken)


def test_a_broken_promise_is_told_with_its_words_and_exit_1(changed, capsys):
    path = changed(('"of the distance"', '""'))
    assert main(["check", "mean", f"--plugin={path}"]) == 1
    printed = capsys.readouterr().out
    assert "BROKEN options round trip" in printed and "power has no line of help" in printed
    assert "promised: Options are the same after JSON, TOML and command-line flags." in printed
    assert "1 broken" in printed


def test_one_document_for_programs(plugin, capsys):
    assert main(["check", "mean", "--json", "--plugin", str(plugin)]) == 0
    reported = json.loads(capsys.readouterr().out)
    assert reported["kept"] is True and len(reported["checks"]) == len(CHECKS)
    assert {each["outcome"] for each in reported["checks"]} == {"kept", "excused"}


def test_what_is_checked_for_a_name(plugin):
    from zoo.cli.commands.check import cases_of

    assert [case.architecture for case in cases_of("feedforward", None)] == [
        "zoo-networks:logistic",
        "zoo-networks:mlp",
        "zoo-networks:perceptron",
    ]
    assert cases_of("xor", None)[0].options == {"hidden": [8], "activation": "tanh"}
    assert cases_of("xor", None)[0].data == {"name": "xor"}
    assert cases_of("perceptron", "moons")[0].data == {"name": "moons"}
    with plugin_files([str(plugin)]):
        assert [case.architecture for case in cases_of("mean.py", None)] == ["mean.py:mean"]


def test_an_unknown_name_is_one_line(capsys):
    assert main(["check", "perceptrn"]) == 2
    assert "there is no architecture or recipe 'perceptrn'; did you mean 'perceptron'?" in capsys.readouterr().err
