"""Checkpoints whose plugin is not here, or is here in another version."""

from __future__ import annotations

import numpy as np
import pytest

import zoo
from zoo.cli import main
from zoo.errors import CheckpointError, PluginError
from zoo.registry.selection import plugin_files
from zoo.testing import reseal
from zoo.training.run import resume

RENAMED = (("    power: float", "    exponent: float"), (".power", ".exponent"))
MIGRATES = """
    @classmethod
    def migrate(cls, options, version):
        if version == "1.0":
            options["exponent"] = options.pop("power")
        return options

    def shapes("""


def test_without_its_plugin_the_arrays_and_what_the_file_says_are_read(trained):
    stored = zoo.read(trained)
    assert (stored.architecture, stored.package, stored.version) == ("mean", "mean.py", "1.0")
    assert stored.options == {"power": 3.0} and stored.signature["task"] == "classification"
    assert stored.weights["means"].shape == (2, 2) and "weights/means" in stored.arrays
    assert "history/train/rows" in stored.arrays
    assert "'mean' of package 'mean.py' 1.0" in repr(stored)


def test_the_best_weights_are_read_where_the_file_has_them(tmp_path):
    zoo.train("logistic", data="moons", validation=0.2, epochs=3, out=tmp_path / "best.h5")
    stored = zoo.read(tmp_path / "best.h5")
    assert np.array_equal(stored.weights["output/W"], stored.arrays["best/output/W"])
    assert stored.package == "zoo-networks"


def test_a_shipped_checkpoint_is_read_by_its_name():
    assert zoo.read("nand").architecture == "perceptron"


def test_loading_says_which_package_and_version_the_file_claims_to_come_from(trained, capsys):
    with pytest.raises(
        PluginError, match=r"architecture 'mean' of the plugin file 'mean.py', from .* was not given with"
    ):
        zoo.load(trained)
    assert main(["show", str(trained)]) == 0
    printed = capsys.readouterr().out
    assert "from which the file claims to come" in printed and "weights/means" in printed
    assert main(["eval", str(trained)]) == 1


def test_a_package_is_named_with_its_version_and_without_a_command_to_install_it():
    from zoo.registry.lookup import why_not_here

    why = why_not_here("hopfield", "zoo-hopfield", "0.3")
    assert "package 'zoo-hopfield', version '0.3', from which the file claims to come, is not installed here" in why
    assert "pip" not in why
    assert "is not in the version installed here" in why_not_here("hopfield", "zoo-networks", "9")
    assert why_not_here("mlp", "zoo-networks") == ""


def test_with_its_plugin_it_is_loaded_as_it_was(trained, plugin):
    with plugin_files([str(plugin)]):
        model = zoo.load(trained)
        assert model.architecture.power == 3.0
        assert np.array_equal(model.weights["means"], zoo.read(trained).weights["means"])


def test_options_of_an_older_version_are_migrated_by_the_plugin(trained, changed):
    later = changed(*RENAMED, ("\n    def shapes(", MIGRATES))
    with plugin_files([str(later)]):
        assert zoo.load(trained).architecture.exponent == 3.0
        resume(trained, epochs=4)
        assert zoo.load(trained).architecture.exponent == 3.0
    assert (zoo.read(trained).version, zoo.read(trained).options) == ("2.0", {"exponent": 3.0})


def test_what_is_not_migrated_says_what_changed(trained, changed):
    with (
        plugin_files([str(changed(*RENAMED))]),
        pytest.raises(
            CheckpointError,
            match=r"mean.h5: checkpoint of mean: there is no option 'power'; .* saved by version '1.0' of the plugin,"
            r" here is '2.0'; no longer there: 'power'; new since: 'exponent'; Mean.migrate does not put this right",
        ),
    ):
        zoo.load(trained)


def test_an_option_that_is_new_has_its_default(trained, changed):
    new = '    scale: float = zoo.option(1.0, "of nothing", low=0.0)\n\n    def shapes('
    with plugin_files([str(changed(("\n    def shapes(", new)))]):
        architecture = zoo.load(trained).architecture
    assert (architecture.power, architecture.scale) == (3.0, 1.0)


def test_a_migration_that_fails_is_the_plugins_error_in_one_line(trained, changed):
    wrong = MIGRATES.replace('options.pop("power")', 'options.pop("no such option")')
    with (
        plugin_files([str(changed(*RENAMED, ("\n    def shapes(", wrong)))]),
        pytest.raises(CheckpointError, match=r"mean.migrate cannot read the options saved by version '1.0': KeyError"),
    ):
        zoo.load(trained)


def test_a_changed_file_can_be_sealed_again_to_test_what_stands_behind_the_digests(trained, plugin):
    data = bytearray(trained.read_bytes())
    place = data.index(b'"power":3.0')
    data[place : place + 11] = b'"power":9.0'  # out of its range
    trained.write_bytes(data)
    with plugin_files([str(plugin)]):
        with pytest.raises(CheckpointError, match="the file is damaged"):
            zoo.load(trained)
        reseal(trained)
        with pytest.raises(CheckpointError, match=r"power is 9.0, expected a number above 0 to 8"):
            zoo.load(trained)


def test_a_file_of_the_same_version_is_not_migrated(trained, plugin):
    text = plugin.read_text().replace("\n    def shapes(", MIGRATES.replace('if version == "1.0"', "if True"))
    plugin.write_text(text)
    with plugin_files([str(plugin)]):
        assert zoo.load(trained).architecture.power == 3.0
