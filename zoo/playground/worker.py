"""The process that trains: runs the real trainer, and between two batches does what the page asks.

The trainer's listener is where a page pauses, steps, looks and changes settings: it is called between batches, when the
run can be saved and gone on with. What cannot be done inside a training (another run, a phase with other settings)
leaves it by an exception, and training begins again where the run stands.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import queue
import signal
import sys
import threading
import time
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np

from zoo.checkpoint import write as write_checkpoint
from zoo.checkpoint.model_state import arrays_of
from zoo.core.events import BatchDone, EpochDone, Event, PhaseDone, Started
from zoo.core.phase_list import continued, phases_of
from zoo.core.settings import TrainingPlan
from zoo.errors import OptionError, UsageError, ZooError
from zoo.options import options_of, without_effect
from zoo.platform.paths import is_path, next_free
from zoo.playground import messages
from zoo.playground.knobs import RESTARTS, catalogue, knobs_of, speed_for
from zoo.playground.messages import frame_of
from zoo.playground.spec import GIVEN, Given, Spec, as_recipe, command, data_name, toml
from zoo.registry import selection
from zoo.registry.loader import reason_of
from zoo.registry.lookup import find_architecture, views_for
from zoo.registry.recipes import Recipe
from zoo.training.loop import Position
from zoo.training.option_effects import settings_without_effect
from zoo.training.prepare import Run, plan_for, prepare
from zoo.training.run import train
from zoo.training.run_state import manifest_of, run_from
from zoo.views.look import Look
from zoo.views.scenes import Text
from zoo.views.view import View

MOST_WEIGHTS = 30_000_000
PER_SECOND = 30  # frames
SHARE = 0.06  # of the time of training that drawing may take
MOST_ROWS = 2000  # recorded epochs in one frame
MOST_DIGESTED = 50_000_000  # bytes of weights


class _Leave(Exception):
    """Leaves a training, to begin again with another run or another plan."""


class _End(BaseException):
    """Ends the worker, wherever it is; no handler of errors holds it up."""


class Worker:
    """Holds the run, and does one message of the page after the other."""

    def __init__(self, out: IO[bytes], given: Given, tables: Path, folder: Path) -> None:
        self.out, self.given, self.tables, self.folder = out, given, tables, folder
        self.inbox: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        self.run: Run | None = None
        self.spec = Spec("")
        self.recipe: Recipe | None = None
        self.number = 1000 * int.from_bytes(os.urandom(4), "big")  # of the run; another process has others
        self.no_run = "playground: there is no run yet"  # or why
        self.version = 0  # grows with everything that a page could see
        self.reset()

    def reset(self) -> None:
        """As a run is before its first batch."""
        self.steps = 0
        self.playing = self.inside = self.done = self.edited = False
        self.stop_at: int | None = None
        self.epoch_stop = False
        self.speed = 0
        self.waiting: dict[int, dict[str, Any]] = {}  # frames asked for, by client
        self.next_frame = self.next_batch = 0.0
        self.pending: dict[str, Any] = {}  # training settings that begin a new phase at the end of the epoch
        self.latest: dict[str, Any] = {}
        self.rows: list[dict[str, Any]] = []
        self.views: list[View] = []
        self.failed = self.ended = ""
        self.notes: list[str] = []
        self.looks: tuple[Any, Any] = (None, None)

    @property
    def current(self) -> Run:
        """The run; `UsageError` where there is none yet."""
        if self.run is None:
            raise UsageError(self.no_run)
        return self.run

    # --- the loop -----------------------------------------------------------------------------------------------------

    def serve(self) -> None:
        """Until the server is gone, or `end`."""
        with contextlib.suppress(_End):
            while True:
                self._train_or_wait()

    def end(self) -> None:
        """Ends `serve` between two batches; called from another thread."""
        self.inbox.put(None)

    def _train_or_wait(self) -> None:
        if self.run is None or self.failed or self.done:
            self._wait_outside()
            return
        try:
            self.inside = True
            result = train(self.run, listen=self.on_event, measure="nothing")
            self.done, self.playing = not result.stopped, False
            self.ended = self.ended or "all epochs are done"
        except _Leave:
            pass
        except ZooError as error:
            self.failed, self.playing = str(error), False
        except Exception as error:
            self.failed, self.playing = f"{reason_of(error)}", False
        finally:
            self.inside = False
        self.changed()
        self._answer_frames()

    def _wait_outside(self) -> None:
        """Does one thing that is asked while nothing is trained."""
        self._answer_frames()
        with contextlib.suppress(queue.Empty, _Leave):
            self.handle(self.inbox.get(timeout=self._until_frame()))

    def on_event(self, event: Event) -> None:
        """The trainer's listener; a run is always between two batches here."""
        if isinstance(event, Started):
            self._attend()
        elif isinstance(event, BatchDone):
            self.steps += 1
            self.latest = {"phase": event.phase, "epoch": event.epoch, "epochs": event.epochs}
            self.latest |= {"batch": event.batch, "batches": event.batches, "metrics": event.metrics}
            self.changed()
            if self.stop_at is not None and self.steps >= self.stop_at:
                self.playing, self.stop_at = False, None
            if self.speed:
                self._pace()
            if self.waiting or not self.playing or not self.inbox.empty():
                self._attend()
        elif isinstance(event, EpochDone):
            self.rows.append({"phase": event.phase, "epoch": event.epoch, "metrics": dict(event.metrics)})
            self.latest["metrics"] = {**self.latest.get("metrics", {}), **event.metrics}
            self.changed()
            if self.pending:
                self._begin_phase()
            if self.epoch_stop:
                self.playing = self.epoch_stop = False
                self._attend()
        elif isinstance(event, PhaseDone):
            reasons = {"epochs": "all epochs are done", "patience": "early stopping", "finished": "converged"}
            self.ended = reasons.get(event.reason, event.reason)

    def _pace(self) -> None:
        """Waits until the next batch is due, and meanwhile does what is asked."""
        self.next_batch = max(self.next_batch + 1 / self.speed, time.perf_counter() - 0.1)
        while self.playing and self.speed and (left := self.next_batch - time.perf_counter()) > 0:
            self._answer_frames(idle=True)
            try:
                self.handle(self.inbox.get(timeout=min(left, self._until_frame())))
            except queue.Empty:
                continue

    def _until_frame(self) -> float:
        """Seconds until a frame can be answered that is due."""
        return max(0.001, self.next_frame - time.perf_counter()) if self._due() else 3600.0

    def _due(self) -> list[int]:
        """The pages that wait for a frame and do not have what stands."""
        return [
            client
            for client, message in self.waiting.items()
            if message.get("version") != self.version or message.get("run") != self.number
        ]

    def _attend(self) -> None:
        """Does what is asked; while the run is paused, waits for it."""
        while True:
            self._answer_frames(idle=not self.playing)
            try:
                if self.playing:
                    message = self.inbox.get_nowait()
                else:
                    message = self.inbox.get(timeout=self._until_frame())
            except queue.Empty:
                if self.playing:
                    return
                continue
            self.handle(message)

    def changed(self) -> None:
        self.version += 1

    # --- messages -----------------------------------------------------------------------------------------------------

    def handle(self, message: dict[str, Any] | None) -> None:
        """One message of the page; None ends the worker."""
        if message is None:
            raise _End
        do, client = message.get("do"), int(message.get("client", 0))
        method = getattr(self, f"do_{do}", None) if isinstance(do, str) else None
        try:
            if method is None:
                raise UsageError(f"playground: there is nothing called {str(do)[:40]!a} to do")
            method(message, client)
        except _Leave:
            raise
        except ZooError as error:
            self._refuse(do, str(error), client)
        except (TypeError, ValueError, KeyError, AttributeError, OverflowError):
            self._refuse(do, "playground: got a message that makes no sense", client)
        except Exception as error:  # of a plugin: the run goes on
            self._refuse(do, reason_of(error), client)

    def _refuse(self, do: Any, message: str, client: int) -> None:
        if self.run is None and do == "start":
            self.no_run = message
        self.say({"type": "refused", "do": str(do)[:40], "message": message}, client)

    def say(self, message: dict[str, Any], client: int | None = None) -> None:
        messages.write(self.out, {**message, "client": client})

    def do_catalogue(self, message: dict[str, Any], client: int) -> None:
        self.say({"type": "catalogue", **catalogue()}, client)

    def do_describe(self, message: dict[str, Any], client: int) -> None:
        self.say(self.description(), client)

    def do_start(self, message: dict[str, Any], client: int) -> None:
        """Another run, or the same from its beginning: paused, or trained up to a batch."""
        spec = Spec.of(message.get("spec") or {})
        to, speed = message.get("to"), message.get("speed")
        if to is not None and (type(to) is not int or not 0 <= to < 2**53):
            raise UsageError("playground: got an update number that is none")
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            run, spec, recipe = self._prepared(spec)
        waiting = self.waiting
        self.reset()
        self.run, self.spec, self.recipe, self.number, self.waiting = run, spec, recipe, self.number + 1, waiting
        self.notes = [*run.dataset.understood, *run.dataset.notes, *run.notes, *(str(each.message) for each in warned)]
        self.views = sorted(views_for(run.model), key=lambda view: view.name != "image")
        position, history = run.training.position, run.training.history
        self.steps = position.updates
        for phase in run.training.phases:
            curves = history[phase.name]
            for epoch in range(history.epochs(phase.name)):
                metrics = {name: curve[epoch] for name, curve in curves.items() if epoch < len(curve)}
                self.rows.append({"phase": phase.name, "epoch": epoch + 1, "metrics": metrics})
        phase = run.training.phase or run.training.phases[-1]
        self.latest = {"phase": phase.name, "epoch": position.epoch, "epochs": phase.settings.epochs}
        self.latest |= {"batch": position.batch, "batches": self._batches(), "metrics": {}}
        if self.rows:
            self.latest["metrics"] = self.rows[-1]["metrics"]
        self.done = run.training.ended
        if to:
            self.stop_at, self.playing = to, True
        else:
            self.playing = message.get("play") is True
            self.set_speed(speed if speed is not None else self._own_speed())
        self.changed()
        self.say(self.description())
        raise _Leave

    def _own_speed(self) -> int:
        epochs = sum(phase.settings.last_epoch for phase in self.current.training.phases)
        return speed_for(self._batches() * epochs)

    def _batches(self) -> int:
        """Batches of an epoch, nearly."""
        phase = self.current.training.phase or self.current.training.phases[-1]
        return -(-len(self.current.parts.train) // max(1, phase.settings.batch_size))

    def _prepared(self, spec: Spec) -> tuple[Run, Spec, Recipe | None]:
        if spec.name == GIVEN and self.given.checkpoint:
            from zoo import checkpoint
            from zoo.platform.trust import is_trusted

            if spec.options or spec.data:
                raise UsageError(
                    "playground: a checkpoint has its options and its data; choose a recipe or an architecture to train"
                    " another model"
                )
            file = checkpoint.read(self.given.checkpoint, trusted=is_trusted())
            return run_from(file, training=spec.training or None), spec, None
        recipe = spec.recipe_for(self.given)
        kind = find_architecture(recipe.architecture, near=recipe.package)
        data = spec.data_for(self.given, self.tables)
        if "name" in recipe.data:  # of a shared recipe, whose table is called by its digest
            name = recipe.data["name"]
            if isinstance(name, str) and name.startswith(("table:", GIVEN)) and "name" not in data:
                data["name"] = data_name(name, self.given, self.tables)
        options = _effective(kind, recipe, spec.options)
        training = _used(kind, recipe, options, spec.training)
        spec = Spec(spec.name, options, training, spec.data, spec.recipe)
        run = prepare(recipe, options=spec.options, training=spec.training, data=data, most_weights=MOST_WEIGHTS)
        return run, spec, recipe

    def do_play(self, message: dict[str, Any], client: int) -> None:
        self._check_can_train()
        self.playing, self.next_batch = True, time.perf_counter()
        self.changed()

    def do_pause(self, message: dict[str, Any], client: int) -> None:
        self.playing, self.stop_at, self.epoch_stop = False, None, False
        self.changed()

    def do_step(self, message: dict[str, Any], client: int) -> None:
        """One batch."""
        self._check_can_train()
        self.stop_at, self.playing, self.next_batch = (self.stop_at or self.steps) + 1, True, 0.0
        self.changed()

    def do_epoch(self, message: dict[str, Any], client: int) -> None:
        """To the end of the epoch in hand."""
        self._check_can_train()
        self.epoch_stop = self.playing = True
        self.changed()

    def do_speed(self, message: dict[str, Any], client: int) -> None:
        self.set_speed(message["speed"])
        self.changed()

    def set_speed(self, speed: Any) -> None:
        if type(speed) is not int or not 0 <= speed <= 1_000_000:
            raise UsageError("playground: got a speed that is no number of batches a second")
        self.speed, self.next_batch = speed, time.perf_counter()

    def _check_can_train(self) -> None:
        if self.current and self.failed:
            raise UsageError(f"training has stopped: {self.failed}; restart, with other settings")
        if self.done:
            raise UsageError("all epochs are done; raise the epochs to train on, where the last phase can, or restart")

    # --- settings changed in mid-run ----------------------------------------------------------------------------------

    def do_training(self, message: dict[str, Any], client: int) -> None:
        """Changes training settings from here on: a new phase begins, at the end of the epoch in hand."""
        values = message["values"]
        known = options_of(type(self.current.plan.common))
        checked: dict[str, Any] = {}
        for name, value in values.items():
            if name not in known or name in (*RESTARTS, "stop_after"):
                raise OptionError(f"training: there is no option {str(name)[:40]!a} that can change in mid-run")
            checked[name] = known[name].check(value, "training")
        before, self.pending = self.pending, {**self.pending, **checked}
        try:
            self._next_plan()  # refuses what cannot be
        except ZooError:
            self.pending = before
            raise
        self.changed()
        self.say({"type": "pending", "names": list(self.pending)})
        if self.current.training.position.batch == 0:
            self._begin_phase()

    def _next_plan(self) -> dict[str, Any]:
        """The training settings of the run, as its spec has them, with a phase that begins here."""
        training, plan = self.current.training, self.current.plan
        phase = training.phase or training.phases[-1]
        settings, position = plan.phase(phase.name), training.position
        done = position.epoch + (position.batch > 0)
        changes = {name: value for name, value in self.pending.items() if value != getattr(settings, name)}
        values: dict[str, Any] = {k: dict(v) if isinstance(v, Mapping) else v for k, v in self.spec.training.items()}
        own = {**plan.by_phase.get(phase.name, {})}
        if changes and self._changes_later_phases_alone(values | changes, position.phase + (done > 0)):
            return values | changes
        if done and phase.settings.epochs != settings.epochs:
            raise OptionError(f"training: phase {phase.name} cannot go on with other settings; restart with them")
        only_longer = set(changes) <= {"epochs"} and not phase.has_schedule
        if only_longer or done == 0:
            if changes.get("epochs", done) < done:
                raise OptionError(f"training: {done:,} epochs are done; expected {done:,} or more")
            alone = len(training.phases) == 1 and phase.name not in plan.by_phase
            if alone:
                values |= changes
            else:
                values[phase.name] = {**own, **changes}
        else:
            following = continued(phase.name, plan)
            new = settings.replace(**changes)
            left = changes.get("epochs", settings.epochs) - done
            if left < 1:  # all are done: as many again
                left = changes.get("epochs", settings.epochs)
            new = new.replace(epochs=max(1, left), stop_after=0)
            differ = {
                name: value
                for name, value in new.as_dict().items()
                if value != plan.common.as_dict()[name] and name not in RESTARTS and not without_effect(new, name)
            }
            values[phase.name] = {**own, "stop_after": done}
            values[following] = {"epochs": new.epochs, **differ}
        kind = type(training.model.architecture)
        plan = self._plan(values)
        given = {name: value for name, value in changes.items() if name != "epochs"}
        for name, reason in settings_without_effect(training.model.architecture, plan, given).items():
            raise OptionError(f"training: {name} has no effect {reason} ({kind.name})")
        return values

    def _changes_later_phases_alone(self, values: Mapping[str, Any], begun: int) -> bool:
        """Whether settings of all phases leave those that have begun as they are: then no phase has to be parted."""
        phases = self.current.training.phases
        changed = phases_of(self.current.model.architecture, self._plan(values))
        before = [(phase.name, phase.in_force()) for phase in phases]
        after = [(phase.name, phase.in_force()) for phase in changed]
        return begun < len(phases) and before[:begun] == after[:begun] and before[begun:] != after[begun:]

    def _plan(self, values: Mapping[str, Any]) -> TrainingPlan:
        run = self.current
        kind = type(run.model.architecture)
        if self.recipe is None:  # a checkpoint, whose plan stands in it
            merged = run.plan.as_dict()
            for key, value in values.items():
                both = isinstance(value, Mapping) and isinstance(merged.get(key), Mapping)
                merged[key] = {**merged[key], **value} if both else value
            return TrainingPlan.of(type(run.plan.common), merged, "training")
        return plan_for(kind, run.recipe, values)

    def _begin_phase(self) -> None:
        """Takes the pending settings over, between two epochs."""
        run, values = self.current, self._next_plan()
        plan = self._plan(values)
        run.plan, run.training.phases = plan, phases_of(run.model.architecture, plan)
        if run.training.position == Position(run.training.position.phase):
            run.training.step = None  # made anew, with the settings as they are now
        self.spec = Spec(self.spec.name, self.spec.options, values, self.spec.data, self.spec.recipe)
        self.pending, self.done = {}, False
        if self.epoch_stop:
            self.playing = self.epoch_stop = False
        self.changed()
        self.say(self.description())
        raise _Leave

    def do_edit(self, message: dict[str, Any], client: int) -> None:
        """Sets one weight by hand: from then on no recipe repeats the run."""
        if self.run is None or not hasattr(self.run.model, "layout"):
            raise UsageError("playground: the weights of this model cannot be changed by hand")
        weights, name = self.run.model.weights, message["name"]
        index, value = tuple(message["index"]), float(message["value"])
        if name not in weights or len(index) != weights[name].ndim or not np.isfinite(value) or abs(value) > 1e6:
            raise UsageError("playground: got no weight and value that could be set")
        if not all(
            type(each) is int and 0 <= each < size for each, size in zip(index, weights[name].shape, strict=True)
        ):
            raise UsageError("playground: got a weight that is not there")
        weights[name][index] = value
        if not self.edited:
            self.edited = True
            self.say(self.description())
        self.changed()

    # --- files --------------------------------------------------------------------------------------------------------

    def do_save(self, message: dict[str, Any], client: int) -> None:
        """Writes a checkpoint to be downloaded; `keep`: into the folder checkpoints."""
        run = self.current
        name = run.recipe.name
        keep = message.get("keep") is True
        if keep:
            Path("checkpoints").mkdir(exist_ok=True)
            path = next_free(Path("checkpoints", name), "h5", first=1)
        else:
            path = self.folder / f"{os.urandom(8).hex()}.h5"
        training = run.training
        write_checkpoint(path, manifest_of(run, training), arrays_of(training), exclusive=True)
        shown = str(path) if keep else f"{name}-{self.steps}.h5"
        self.say({"type": "saved", "keep": keep, "path": str(path), "name": shown, "steps": self.steps}, client)

    # --- what the page sees -------------------------------------------------------------------------------------------

    def description(self) -> dict[str, Any]:
        """All that changes seldom."""
        run, spec = self.current, self.spec
        architecture, training = run.model.architecture, run.training
        is_file = self.recipe is None
        data = {} if is_file else spec.data_for(self.given, self.tables)
        plain = {key: value for key, value in data.items() if key != "name"}
        texts = {"toml": "", "command": f"zoo train --resume {self.given.checkpoint}" if is_file else ""}
        if self.recipe is not None:
            texts = {
                "toml": toml(spec, run.recipe, data),
                "command": command(spec, self.given, self.tables),
            }
        elif spec.training:
            texts["command"] = ""
        labels = [str(label) for label in run.dataset.labels][:60]
        shared: dict[str, Any] | None = spec.as_dict()
        if spec.name == GIVEN and self.recipe is not None:
            whole = as_recipe(
                spec, run.recipe, {**plain, **({"name": spec.data["name"]} if "name" in spec.data else {})}
            )
            shared = {"name": run.recipe.name, "recipe": whole}
        own = str(run.recipe.data.get("name", ""))
        if spec.data.get("name") == GIVEN or (is_path(own) and not own.startswith("table:")):
            shared = None  # a file of this machine
        return {
            "type": "run",
            "run": self.number,
            "spec": spec.as_dict(),
            "shared": None if is_file else shared,
            "name": run.recipe.name,
            "architecture": type(architecture).name,
            "family": type(architecture).family,
            "summary": type(architecture).summary,
            "task": run.model.signature.task,
            "data": spec.data.get("name", run.dataset.name),
            "data_name": run.dataset.name,
            "samples": len(run.parts.train),
            "held_out": len(run.parts.validation),
            "test": len(run.parts.test),
            "weights": sum(array.size for array in run.model.weights.values()),
            "inputs": list(run.model.signature.input_shape),
            "columns": [str(each) for each in getattr(run.model.preprocessing, "input_names", ())][:60],
            "labels": labels,
            "phases": [
                {"name": phase.name, "epochs": phase.settings.last_epoch, "continues": phase.continues}
                for phase in training.phases
            ],
            "knobs": knobs_of(run, plain, fixed=is_file),
            "views": [
                {"name": view.name, "summary": view.summary, "first": view.first, "uses": list(view.uses)}
                for view in self.views
            ],
            "notes": self.notes[:20],
            "edited": self.edited,
            "is_file": is_file,
            "can_go_on": training.phases[-1].settings.epochs == run.plan.phase(training.phases[-1].name).epochs,
            "most_weights": MOST_WEIGHTS,
            **texts,
        }

    def do_frame(self, message: dict[str, Any], client: int) -> None:
        """Asks for a frame: answered when there is something new, and when there is time."""
        self.waiting[client] = message

    def do_gone(self, message: dict[str, Any], client: int) -> None:
        """A page was closed."""
        self.waiting.pop(client, None)

    def _answer_frames(self, idle: bool = True) -> None:
        """Frames that are due. While training goes on, drawing takes a small share of the time."""
        if not self.waiting or self.run is None or (time.perf_counter() < self.next_frame):
            return
        if not (due := self._due()):
            return
        began = time.perf_counter()
        for client in due:
            message = self.waiting.pop(client)
            messages.write_frame(self.out, client, frame_of(self.frame(message)))
        ended = time.perf_counter()
        pause = 0.0 if idle and not self.playing else (ended - began) * (1 / SHARE - 1)
        self.next_frame = max(began + 1 / PER_SECOND, ended + (pause if self.playing and not self.speed else 0.0))

    def frame(self, message: Mapping[str, Any]) -> dict[str, Any]:
        """What stands, with the scenes of the views that the page has open."""
        training = self.current.training
        since = message.get("since")
        since = (
            since if type(since) is int and 0 <= since <= len(self.rows) and message.get("run") == self.number else 0
        )
        wanted = message.get("views")
        wanted = set(map(str, wanted)) if isinstance(wanted, list) else set()
        look = self._look(message)
        scenes = {view.name: self._scenes(view, look) for view in self.views if view.name in wanted}
        rows = self.rows[since:]
        if len(rows) > MOST_ROWS:
            rows = rows[:: -(-len(rows) // MOST_ROWS)]
        return {
            "type": "frame",
            "run": self.number,
            "version": self.version,
            "steps": self.steps,
            **self.latest,
            "position": {"phase": training.position.phase, "epoch": training.position.epoch},
            "playing": self.playing,
            "done": self.done,
            "ended": self.ended if self.done else "",
            "failed": self.failed,
            "edited": self.edited,
            "pending": list(self.pending),
            "speed": self.speed,
            "digest": "" if self.playing else self.digest(),
            "rows": rows,
            "since": len(self.rows),
            "scenes": scenes,
        }

    def _look(self, message: Mapping[str, Any]) -> Look:
        run = self.current
        if self.looks[0] is not run:
            part = "test" if len(run.parts.test) else "validation"
            train_part = run.samples("train")
            held_out = None if run.dataset.splits == "all" else run.samples(part)
            self.looks = (run, (train_part, held_out))
        train_part, held_out = self.looks[1]
        sample, drawing = message.get("sample"), None
        shape = run.model.signature.input_shape
        if isinstance(message.get("drawing"), list) and len(shape) in (2, 3):
            values = np.array(message["drawing"], np.float64)
            if values.size == shape[0] * shape[1] and np.isfinite(values).all():
                drawing = np.clip(values, 0, 255).reshape(shape[:2])
        return Look(
            train_part,
            held_out,
            run.training.step,
            self.steps,
            sample if type(sample) is int and 0 <= sample < 2**31 else 0,
            drawing,
        )

    def _scenes(self, view: View, look: Look) -> list[Any]:
        """The scenes of a view; its mistake is shown in its place, and harms nothing else."""
        try:
            return list(view.draw(self.current.model, look))
        except Exception as error:
            return [Text(f"the view {view.name} cannot be drawn", (reason_of(error),))]

    def digest(self) -> str:
        """The first half of a SHA-256 over all weights; "" where these are many."""
        weights = self.current.model.weights
        return "" if sum(each.nbytes for each in weights.values()) > MOST_DIGESTED else weights_digest(weights)


def weights_digest(weights: Mapping[str, Any]) -> str:
    """Names, types, shapes and bits of all weights in one number: equal for equal models alone."""
    digest = hashlib.sha256()
    for name in sorted(weights):
        array = np.ascontiguousarray(weights[name])
        digest.update(f"{name} {array.dtype.str} {array.shape}\n".encode() + array.tobytes())
    return digest.hexdigest()[:32]


def _effective(kind: type[Any], recipe: Recipe, options: Mapping[str, Any]) -> dict[str, Any]:
    """The options given, without those that have no effect beside the others: a page shows these as idle."""
    try:
        architecture = kind.of({**recipe.options, **options}, recipe.where)
    except OptionError:
        return dict(options)  # prepare says what is wrong
    return {name: value for name, value in options.items() if not without_effect(architecture, name)}


def _used(kind: type[Any], recipe: Recipe, options: Mapping[str, Any], training: Mapping[str, Any]) -> dict[str, Any]:
    """The training settings given, without those that have no effect: a page shows these as idle."""
    try:
        architecture = kind.of({**recipe.options, **options}, recipe.where)
        idle = settings_without_effect(architecture, plan_for(kind, recipe, training), training)
    except ZooError:
        return dict(training)  # prepare says what is wrong
    return {name: value for name, value in training.items() if name not in idle}


def main(start: Mapping[str, Any]) -> None:
    """Serves the messages on standard input; what is printed goes to standard error."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # of a terminal: the server ends this process
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    for path in start["plugins"]:
        selection.use_plugin(path)
    worker = Worker(out, Given(**start["given"]), Path(start["tables"]), Path(start["folder"]))
    threading.Thread(target=_receive, args=(worker.inbox,), daemon=True).start()
    try:
        worker.serve()
    except BrokenPipeError:
        os._exit(0)


def _receive(inbox: queue.SimpleQueue[dict[str, Any] | None]) -> None:
    try:
        while True:
            _, text = messages.read(sys.stdin.buffer)
            inbox.put(dict(json.loads(text)))
    except (EOFError, OSError, ValueError):
        os._exit(0)  # the server is gone
