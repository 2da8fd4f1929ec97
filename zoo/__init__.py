"""zoo: a zoo of neural-network architectures on NumPy.

    model = zoo.train("mlp", data="glyphs", epochs=5)
    zoo.save(model, "digits.h5")
    zoo.predict(zoo.load("digits.h5"), raw)

Importing this package imports nothing else: each name is fetched from its module when it is first asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoo.lazy_names import lazy_names

__version__ = "0.1.0"

if TYPE_CHECKING:  # the list of public names, also at run time: see lazy_names
    from zoo import data as data
    from zoo import errors as errors
    from zoo import logging as logging
    from zoo import nn as nn
    from zoo import plots as plots
    from zoo import testing as testing
    from zoo import views as views
    from zoo.api import compare as compare
    from zoo.api import create as create
    from zoo.api import encode as encode
    from zoo.api import evaluate as evaluate
    from zoo.api import film as film
    from zoo.api import learn as learn
    from zoo.api import list_architectures as list_architectures
    from zoo.api import load as load
    from zoo.api import plot as plot
    from zoo.api import predict as predict
    from zoo.api import resume as resume
    from zoo.api import sample as sample
    from zoo.api import save as save
    from zoo.api import steps as steps
    from zoo.api import sweep as sweep
    from zoo.api import train as train
    from zoo.checkpoint.contents import CheckpointContents as CheckpointContents
    from zoo.checkpoint.contents import read as read
    from zoo.core import events as events
    from zoo.core.architecture import Architecture as Architecture
    from zoo.core.architecture import InputSpec as InputSpec
    from zoo.core.batch import Batch as Batch
    from zoo.core.batch_order import Batches as Batches
    from zoo.core.batch_order import BatchIndices as BatchIndices
    from zoo.core.batch_order import batches_of as batches_of
    from zoo.core.batch_order import by_length as by_length
    from zoo.core.batch_order import in_lanes as in_lanes
    from zoo.core.batch_order import in_order as in_order
    from zoo.core.batch_order import shuffled as shuffled
    from zoo.core.compiled import compiled as compiled
    from zoo.core.graph import Graph as Graph
    from zoo.core.graph import Value as Value
    from zoo.core.growable import GrowableArrays as GrowableArrays
    from zoo.core.invalid_input import InvalidInput as InvalidInput
    from zoo.core.invalid_input import locate_errors as locate_errors
    from zoo.core.metrics import ACCURACY as ACCURACY
    from zoo.core.metrics import LABEL_ACCURACY as LABEL_ACCURACY
    from zoo.core.metrics import LOSS as LOSS
    from zoo.core.metrics import Metric as Metric
    from zoo.core.model import Carried as Carried
    from zoo.core.model import Model as Model
    from zoo.core.phase import Phase as Phase
    from zoo.core.protocols import DecodesOutputs as DecodesOutputs
    from zoo.core.protocols import GeneratesLabelledSamples as GeneratesLabelledSamples
    from zoo.core.protocols import GeneratesSamples as GeneratesSamples
    from zoo.core.protocols import GeneratesText as GeneratesText
    from zoo.core.protocols import Reconstructs as Reconstructs
    from zoo.core.random import RandomStream as RandomStream
    from zoo.core.scores import score_metrics as score_metrics
    from zoo.core.scores import score_sums as score_sums
    from zoo.core.scores import scores_of as scores_of
    from zoo.core.scores import target_unit as target_unit
    from zoo.core.settings import TrainingPlan as TrainingPlan
    from zoo.core.settings import TrainingSettings as TrainingSettings
    from zoo.core.signature import Signature as Signature
    from zoo.core.sum_tree import Sums as Sums
    from zoo.core.trained import Trained as Trained
    from zoo.core.training_step import AdditiveStep as AdditiveStep
    from zoo.core.training_step import PartialSums as PartialSums
    from zoo.core.training_step import StepContext as StepContext
    from zoo.core.training_step import TrainingStep as TrainingStep
    from zoo.core.weights import Weights as Weights
    from zoo.errors import CheckpointError as CheckpointError
    from zoo.errors import DataError as DataError
    from zoo.errors import OptionError as OptionError
    from zoo.errors import OutputError as OutputError
    from zoo.errors import PluginError as PluginError
    from zoo.errors import TrainingError as TrainingError
    from zoo.errors import UsageError as UsageError
    from zoo.errors import ZooError as ZooError
    from zoo.errors import ZooWarning as ZooWarning
    from zoo.errors import did_you_mean as did_you_mean
    from zoo.errors import warn as warn
    from zoo.inference.batched import in_batches as in_batches
    from zoo.inference.batched import predict_batches as predict_batches
    from zoo.interchange.files import export as export
    from zoo.interchange.files import import_model as import_model
    from zoo.options import SET as SET
    from zoo.options import Options as Options
    from zoo.options import option as option
    from zoo.parallel.threads import Workers as Workers
    from zoo.plots.plot import Plot as Plot
    from zoo.registry.hookspecs import hookimpl as hookimpl
    from zoo.registry.recipes import Recipe as Recipe
    from zoo.registry.recipes import shipped as shipped
    from zoo.registry.selection import use_plugin as use_plugin
    from zoo.training.stepping import Update as Update
    from zoo.types import Array as Array
    from zoo.types import Shape as Shape
    from zoo.views.view import View as View
else:
    __getattr__, __dir__ = lazy_names(__name__)
