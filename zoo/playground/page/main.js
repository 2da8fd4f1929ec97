// The page: state, controls, and the loop of frames. A frame is asked for when the last one is drawn.

import uPlot from "/page/vendor/uplot/uPlot.esm.js";
import { classColour, css, text } from "./colours.js";
import { drawKnobs } from "./knobs.js";
import { LESSONS } from "./lessons.js";
import { Link } from "./link.js";
import { pad, painter } from "./paint.js";
import { drawScenes, number } from "./scenes.js";

const $ = (id) => document.getElementById(id);
const SPEEDS = [[0, "as fast as it goes"], [1000, "1,000 a second"], [300, "300 a second"], [100, "100 a second"], [30, "30 a second"], [10, "10 a second"], [3, "3 a second"], [1, "1 a second"]];

const WIDE = ["graph", "activity", "maps", "planes", "weights", "recall", "writing"]; // views with several scenes, or a large one

let run = null; // the description of the run
let frame = null; // the last frame
let asked = false; // whether a frame is on its way
let catalogue = null;
let rows = []; // recorded epochs
let received = 0; // of them, how many the process has handed out
let version = -1;
let sample = 0;
let drawing = null;
let chart = null;
let chartKey = "";
let shared = null; // what the address asks for
let lastRequest = 0;
const tables = {}; // texts of tables that were painted here, by digest

// --- the address ------------------------------------------------------------------------------------------------------

const query = new URLSearchParams(location.search);
query.delete("token");
history.replaceState(null, "", `${location.pathname}${query.size ? `?${query}` : ""}${location.hash}`);

const encode = (value) => btoa(String.fromCharCode(...new TextEncoder().encode(JSON.stringify(value)))).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
const decode = (value) => JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(value.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0))));

function readAddress() {
  const match = location.hash.match(/^#run=([A-Za-z0-9_-]+)/);
  if (!match) return null;
  try { return decode(match[1]); } catch { say("This address holds no run that could be read."); return null; }
}

function hide(parts) {
  for (const each of document.querySelectorAll("[data-part]")) each.hidden = parts.includes(each.dataset.part);
  $("side").hidden = [...$("side").children].every((each) => each.hidden);
}

// --- messages ---------------------------------------------------------------------------------------------------------

const link = new Link({
  onOpen() {
    asked = false;
    alertBox(null);
    link.send({ do: "catalogue" });
    if (shared) beginShared();
    else link.send({ do: "describe" });
    ask(true);
  },
  onLost() { asked = false; alertBox("The connection to zoo is lost; trying again. Training goes on there, if zoo still runs."); },
  onMessage(message) {
    const act = { run: described, catalogue: listed, refused, ended, saved, pending: () => {}, full: () => alertBox(message.message) }[message.type];
    act?.(message);
  },
  onFrame(found) {
    asked = false;
    if (run && found.run === run.run) draw(found);
    else link.send({ do: "describe" });
    requestAnimationFrame(() => ask());
  },
});

function ask(anew = false) {
  if (asked || (!run && !anew)) return;
  if (document.hidden) return;
  asked = true;
  lastRequest = performance.now();
  link.send({ do: "frame", run: run ? run.run : -1, version: anew ? -1 : version, since: received, views: openViews(), sample, drawing });
}
document.addEventListener("visibilitychange", () => ask());

// What is looked at has changed: another frame of the same state.
function look() {
  version = -1;
  asked = false;
  ask(true);
}

function start(spec, more = {}) {
  alertBox(null);
  link.send({ do: "start", spec, ...more });
}

function say(message) { $("status").textContent = message; }

function alertBox(message, buttons = []) {
  const box = $("alert");
  box.hidden = !message;
  box.replaceChildren(message || "");
  for (const [name, act] of buttons) {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", textContent: name, onclick: act });
    box.append(button);
  }
}

function refused({ message, do: what }) {
  if (!run && shared === null && (what === "describe" || what === "start")) start({ name: "moons" }); // what was named cannot be shown
  alertBox(message.replace(/^playground: /, ""), [["Close", () => alertBox(null)]]);
  if (run) { drawKnobs($("knobs"), run.knobs, change); select($("name"), run.spec.name); select($("data"), run.data); }
}

function ended({ reason }) {
  const spec = run?.spec, steps = frame?.steps;
  const buttons = [["Start again", () => start(spec)]];
  if (steps) buttons.push([`Train again up to batch ${steps.toLocaleString("en")}`, () => start(spec, { to: steps })]);
  alertBox(`The process that trains has ended: ${reason}. What is shown is the last that was seen.`, spec ? buttons : [["Start again", () => start({ name: "moons" })]]);
}

function saved(message) {
  if (message.keep) { $("saved").textContent = `Saved ${message.name}; zoo train --resume ${message.name} goes on with it.`; return; }
  const anchor = document.createElement("a");
  anchor.href = `/checkpoint/${message.id}`;
  anchor.download = message.name;
  anchor.click();
  $("saved").textContent = `${message.name} is downloaded; zoo train --resume ${message.name} goes on with it.`;
}

// --- what is described ------------------------------------------------------------------------------------------------

function listed(message) {
  catalogue = message;
  const families = {};
  for (const each of catalogue.names) (families[each.family] ||= []).push(each);
  const names = $("name");
  names.replaceChildren();
  for (const [family, entries] of Object.entries(families)) {
    const group = document.createElement("optgroup");
    group.label = family;
    for (const each of entries) { const option = new Option(each.name, each.name); option.title = each.summary; group.append(option); }
    names.append(group);
  }
  const data = $("data");
  data.replaceChildren();
  for (const each of catalogue.datasets) { const option = new Option(each.here ? each.name : `${each.name} (not downloaded)`, each.name); option.disabled = !each.here; option.title = each.summary; data.add(option); }
  if (run) { select(names, run.spec.name); select(data, run.data); }
}

function select(element, value, label = value) {
  if (![...element.options].some((each) => each.value === value)) element.add(new Option(label === "@given" ? `${run?.name ?? "yours"} (yours)` : label, value), 0);
  element.value = value;
}

function described(message) {
  const fresh = !run || run.run !== message.run;
  run = message;
  if (fresh) { delete $("metric").dataset.chosen; rows = []; received = 0; frame = null; chartKey = ""; drawing = null; }
  version = -1;
  select($("name"), run.spec.name);
  const table = /^table:[0-9a-f]+\/?(.*)$/.exec(run.data);
  select($("data"), run.data, table ? table[1] || "your table" : run.data === "@given" ? "@given" : run.data);
  drawKnobs($("knobs"), run.knobs, change);
  drawViewList(fresh);
  $("command").textContent = run.command || (run.is_file ? "Changed in mid-run: save it, and zoo train --resume FILE goes on." : "");
  $("toml").textContent = run.toml;
  const held = [run.held_out && `${run.held_out.toLocaleString("en")} for validation`, run.test && `${run.test.toLocaleString("en")} held out for testing`].filter(Boolean).join(", ");
  $("about").textContent = `${run.name}: ${run.summary}. ${run.weights.toLocaleString("en")} weights; ${run.samples.toLocaleString("en")} samples of ${run.data_name}${held ? `, ${held}` : ""}. Phases: ${run.phases.map((each) => `${each.name} (${each.epochs.toLocaleString("en")} ${each.epochs === 1 ? "epoch" : "epochs"})`).join(", ")}.`;
  $("notes").replaceChildren(...run.notes.map((note) => { const item = document.createElement("li"); item.textContent = note; return item; }));
  document.title = `${run.name}: zoo playground`;
  $("share").disabled = run.shared === null;
  $("share").title = run.shared === null ? "this run rests on a file of this machine, which no link can hold" : "";
  $("link").value = "";
  if (fresh) $("saved").textContent = "";
  asked = false;
  ask(true);
}

function change(knob, value) {
  alertBox(null);
  const spec = structuredClone(run.spec);
  if (knob.section === "training" && !knob.restarts && (frame?.steps || run.is_file)) {
    link.send({ do: "training", values: { [knob.name]: value } });
    return;
  }
  const table = { architecture: "options", training: "training", data: "data" }[knob.section];
  spec[table] = { ...spec[table], [knob.name]: value };
  if (table === "data" && !spec.data.name && run.data !== run.data_name) spec.data.name = run.data;
  start(spec, { speed: Number($("speed").value) });
}

// --- views ------------------------------------------------------------------------------------------------------------

const chosen = JSON.parse(sessionStorage.getItem("views") || "{}"); // by name of view: open or not

function openViews() {
  return [...document.querySelectorAll("#views details[open]")].map((each) => each.dataset.name);
}

function drawViewList(fresh) {
  const box = $("views"), names = run.views.map((each) => each.name).join();
  if (!fresh && box.dataset.names === names) return;
  box.dataset.names = names;
  box.replaceChildren();
  if (!run.views.some((each) => each.first)) run.views.forEach((each) => { each.first = true; });
  for (const view of run.views) {
    const outer = document.createElement("details"), summary = document.createElement("summary"), scenes = document.createElement("div");
    outer.className = `view${WIDE.includes(view.name) ? " wide" : ""}`;
    outer.dataset.name = view.name;
    outer.open = chosen[view.name] ?? view.first;
    summary.textContent = view.summary;
    scenes.className = "scenes";
    outer.append(summary);
    if (view.uses.length) outer.append(tools(view));
    outer.append(scenes);
    outer.addEventListener("toggle", () => { chosen[view.name] = outer.open; sessionStorage.setItem("views", JSON.stringify(chosen)); if (outer.open) look(); });
    box.append(outer);
  }
}

function tools(view) {
  const box = document.createElement("div");
  box.className = "tools";
  if (view.uses.includes("sample")) {
    const label = document.createElement("label"), input = document.createElement("input"), next = document.createElement("button");
    Object.assign(input, { type: "number", min: 0, value: sample, className: "sample" });
    const set = (value) => { sample = Math.max(0, Math.floor(value) || 0); for (const each of document.querySelectorAll(".sample")) each.value = sample; drawing = null; look(); };
    input.addEventListener("change", () => set(Number(input.value)));
    Object.assign(next, { type: "button", textContent: "Next", onclick: () => set(sample + 1) });
    next.setAttribute("aria-label", "next sample");
    label.append("sample ", input);
    box.append(label, next);
  }
  if (view.uses.includes("drawing") && !document.querySelector(".pad") && run.inputs.length >= 2 && Math.max(...run.inputs.slice(0, 2)) <= 64) {
    pad(box, run.inputs[0], run.inputs[1], (values) => { drawing = values; look(); });
  }
  return box;
}

const actions = { edit: (name, index, value) => link.send({ do: "edit", name, index, value }) };

// --- a frame ----------------------------------------------------------------------------------------------------------

function draw(found) {
  const before = frame;
  frame = found;
  version = found.version;
  if (received === 0) rows = [];
  rows.push(...found.rows);
  received = found.since;
  const failed = Boolean(found.failed);
  $("play").textContent = found.playing ? "Pause" : "Train";
  $("play").disabled = !found.playing && (found.done || failed);
  for (const id of ["step", "epoch"]) $(id).disabled = found.done || failed;
  if (document.activeElement !== $("speed")) $("speed").value = nearest(found.speed);
  counters(found);
  if (before && before.failed !== found.failed) alertBox(failed ? `Training has stopped: ${found.failed}. Restart with other settings, such as a lower learning rate.` : null, failed ? [["Restart", restart]] : []);
  const parts = [];
  if (found.pending.length) parts.push(`${found.pending.join(", ").replaceAll("_", " ")} changes when this epoch is done`);
  if (found.edited) parts.push("weights were changed by hand: the command does not repeat this run");
  if (found.done) parts.push(!found.ended || found.ended === "all epochs are done" ? `all epochs are done; ${run.can_go_on ? "raise the epochs to train on, or restart" : "restart to train again"}` : `training has ended: ${found.ended}`);
  else if (!found.playing && !failed) parts.push(found.steps ? "paused" : "ready: press Train");
  const line = parts.join("; ");
  if ($("status").textContent !== line) say(line);
  for (const [name, scenes] of Object.entries(found.scenes)) {
    const box = document.querySelector(`#views details[data-name="${CSS.escape(name)}"] .scenes`);
    if (box) drawScenes(box, scenes, actions);
  }
  $("digest").textContent = found.digest ? `Digest of the weights: ${found.digest}` : found.playing ? "Digest of the weights: when paused" : "";
  curves();
  document.documentElement.dataset.name = run.name;
  document.documentElement.dataset.run = run.run;
  document.documentElement.dataset.steps = found.steps;
  document.documentElement.dataset.digest = found.digest;
  document.documentElement.dataset.state = failed ? "failed" : found.done ? "done" : found.playing ? "playing" : "paused";
}

const nearest = (speed) => SPEEDS.map(([each]) => each).reduce((best, each) => (Math.abs(each - speed) < Math.abs(best - speed) ? each : best));

function counters(found) {
  const entries = [["updates", found.steps.toLocaleString("en")], ["epoch", `${found.epoch} of ${found.epochs}`]];
  if (run.phases.length > 1) entries.unshift(["phase", found.phase]);
  const metrics = found.metrics || {}, names = Object.keys(metrics).filter((each) => !each.startsWith("gradient/"));
  for (const each of names.slice(0, 4)) entries.push([each.replaceAll("_", " "), number(metrics[each])]);
  const box = $("counters");
  while (box.children.length > entries.length) box.lastChild.remove();
  entries.forEach(([name, value], place) => {
    let pair = box.children[place];
    if (!pair) { pair = document.createElement("div"); pair.append(document.createElement("dt"), document.createElement("dd")); box.append(pair); }
    if (pair.firstChild.textContent !== name) pair.firstChild.textContent = name;
    if (pair.lastChild.textContent !== value) pair.lastChild.textContent = value;
  });
}

// The loss, where there is any; else what the phase with the most epochs records first.
function preferred() {
  const counts = {};
  for (const each of rows) for (const name of Object.keys(each.metrics)) if (!name.startsWith("gradient/")) { const plain = name.replace(/^validation\//, ""); counts[plain] = (counts[plain] || 0) + 1; }
  if (counts.loss) return "loss";
  const most = Math.max(...Object.values(counts));
  const liked = ["reconstruction_error", "quantization_error", "errors", "changed"];
  const names = Object.keys(counts).filter((name) => counts[name] > 0.9 * most);
  return liked.find((name) => names.includes(name)) || names[0];
}

// Learning curves: one metric over the epochs of all phases, in training and on the validation part.
function curves() {
  const names = new Set();
  for (const each of rows) for (const name of Object.keys(each.metrics)) if (!name.startsWith("gradient/")) names.add(name.replace(/^validation\//, ""));
  const choice = $("metric"), options = [...choice.options].map((each) => each.value).join();
  if ([...names].join() !== options) {
    const kept = choice.dataset.chosen || preferred();
    choice.replaceChildren(...[...names].map((each) => new Option(each.replaceAll("_", " "), each)));
    if (names.has(kept)) choice.value = kept;
  }
  const metric = choice.value, key = [metric, rows.length, document.documentElement.dataset.theme, $("curve").clientWidth, run.run].join();
  if (!metric || key === chartKey) { if (!metric) { chart?.destroy(); chart = null; } return; }
  const kinds = [metric, `validation/${metric}`].filter((name) => rows.some((each) => each.metrics[name] !== undefined));
  const step = Math.max(1, Math.ceil(rows.length / 1000)), shown = rows.filter((_, k) => k % step === 0 || k === rows.length - 1);
  const data = [shown.map((each) => rows.indexOf(each) + 1), ...kinds.map((name) => shown.map((each) => each.metrics[name] ?? null))];
  const style = `${kinds.join()} ${rows.length < 3} ${document.documentElement.dataset.theme} ${$("curve").clientWidth} ${run.run}`;
  if (chart && chart.style === style) chart.setData(data);
  else {
    chart?.destroy();
    $("curve").replaceChildren();
    const axis = { stroke: css("--soft"), grid: { stroke: css("--line"), width: 1 }, ticks: { stroke: css("--line") }, font: "11px system-ui" };
    const series = kinds.map((name, k) => ({ label: name.startsWith("validation/") ? "validation" : "training", stroke: text(classColour(k)), width: 2, points: { show: rows.filter((each) => each.metrics[name] !== undefined).length < 3 } }));
    chart = new uPlot({ width: Math.max(200, $("curve").clientWidth - 2), height: 190, scales: { x: { time: false } }, axes: [axis, { ...axis, size: 52 }], series: [{ label: "epoch" }, ...series], legend: { live: false }, cursor: { drag: { x: false, y: false } } }, data, $("curve"));
    chart.style = style;
  }
  chartKey = key;
  const last = rows[rows.length - 1].metrics;
  $("curve").setAttribute("aria-label", `${metric} over ${rows.length} epochs: ${kinds.map((name) => `${name} is now ${number(last[name] ?? null)}`).join(", ")}`);
}

// --- controls ---------------------------------------------------------------------------------------------------------

for (const [value, name] of SPEEDS) $("speed").add(new Option(name, value));
$("play").onclick = () => link.send({ do: frame?.playing ? "pause" : "play" });
$("step").onclick = () => link.send({ do: "step" });
$("epoch").onclick = () => link.send({ do: "epoch" });
const restart = () => run && start(run.spec, { speed: Number($("speed").value) });
$("restart").onclick = restart;
$("speed").onchange = () => link.send({ do: "speed", speed: Number($("speed").value) });
$("name").onchange = () => { sample = 0; start({ name: $("name").value }); };
$("data").onchange = () => {
  const spec = structuredClone(run.spec);
  spec.data = { name: $("data").value };
  start(spec);
};
$("metric").onchange = () => { $("metric").dataset.chosen = $("metric").value; chartKey = ""; curves(); };
document.addEventListener("keydown", (event) => {
  if (event.target.closest("input, select, textarea, button, summary, [role=application], a") || event.ctrlKey || event.metaKey || event.altKey) return;
  const button = { " ": "play", s: "step", e: "epoch", r: "restart" }[event.key];
  if (button) { event.preventDefault(); $(button).click(); }
});

const systemDark = matchMedia("(prefers-color-scheme: dark)");
function theme(name) {
  document.documentElement.dataset.theme = name;
  $("theme").textContent = name === "dark" ? "Light" : "Dark";
  if (run) { chartKey = ""; for (const each of document.querySelectorAll(".body")) delete each.dataset.key; look(); }
}
theme(query.get("theme") || (systemDark.matches ? "dark" : "light"));
$("theme").onclick = () => theme(document.documentElement.dataset.theme === "dark" ? "light" : "dark");
systemDark.addEventListener("change", () => theme(systemDark.matches ? "dark" : "light"));
let resized = 0;
addEventListener("resize", () => { clearTimeout(resized); resized = setTimeout(() => run && look(), 150); });

// --- save and share ---------------------------------------------------------------------------------------------------

$("download").onclick = () => link.send({ do: "save" });
$("keep").onclick = () => link.send({ do: "save", keep: true });
$("recipe-file").onclick = () => {
  const anchor = document.createElement("a"), address = URL.createObjectURL(new Blob([run.toml], { type: "text/plain" }));
  Object.assign(anchor, { href: address, download: "shared.toml" });
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
};
$("share").onclick = async () => {
  if (!run?.shared) return;
  if (frame?.edited) { say("Weights were changed by hand: no link repeats that."); return; }
  const found = { spec: run.shared, to: frame?.steps || 0 }, digest = /^table:([0-9a-f]{16})/.exec(run.shared.data?.name || run.shared.recipe?.data?.name || "")?.[1];
  if (digest) {
    const table = tables[digest] ?? (await (await fetch(`/table/${digest}`)).text());
    if (table.length > 60000) { say("This table is too large for a link; share the file and the recipe."); return; }
    found.table = table;
  }
  $("link").value = `${location.origin}/#run=${encode(found)}`;
  $("link").select();
  try { await navigator.clipboard.writeText($("link").value); say("Link copied. Who runs zoo opens it, or gives it to zoo playground."); } catch { say("Copy the link from the field."); }
};

async function keepTable(content) {
  const answer = await fetch("/table", { method: "POST", body: content });
  const found = await answer.json();
  if (!answer.ok) throw new Error(found.error);
  return found.id;
}

async function beginShared() {
  const { spec, to, table } = shared;
  shared = null;
  try {
    if (table) await keepTable(table);
    start(spec, to ? { to } : {});
  } catch (error) { alertBox(`The table of this link could not be taken: ${error.message}`); start({ name: "moons" }); }
}

async function useTable(content, name, fits) {
  try {
    const id = await keepTable(content);
    if (content.length < 200000) tables[id] = content;
    const spec = fits ? structuredClone(run.spec) : { name: "mlp" };
    spec.data = { name: `table:${id}/${name}` };
    start(spec);
  } catch (error) { alertBox(`The table could not be taken: ${error.message}`); }
}

$("paint").onclick = () => {
  const box = $("painter");
  box.hidden = !box.hidden;
  $("paint").setAttribute("aria-expanded", String(!box.hidden));
  if (!box.hidden && !box.children.length) {
    painter(box, (content) => useTable(content, "painted", run.task === "classification" && run.inputs.length === 1 && ["feedforward", "rbf", "art", "som"].includes(run.family)));
  }
};
$("paint").setAttribute("aria-expanded", "false");
$("file").onchange = async () => {
  const file = $("file").files[0];
  if (!file) return;
  if (file.size > 16 * 2 ** 20) { alertBox("A table may have 16 MB at most here; zoo playground --data FILE opens larger ones."); return; }
  await useTable(await file.text(), file.name.replace(/[^A-Za-z0-9 _.-]/g, "_").slice(0, 60), run.inputs.length === 1 && run.task !== "unsupervised");
  $("file").value = "";
};

// --- lessons ----------------------------------------------------------------------------------------------------------

$("lesson").add(new Option("none", ""));
for (const each of LESSONS) $("lesson").add(new Option(each.title, each.id));

function lesson(id, begin = true) {
  const found = LESSONS.find((each) => each.id === id), panel = $("lesson-panel");
  panel.hidden = !found;
  hide([...(query.get("hide")?.split(",") || []), ...(found?.hide || [])]);
  $("lesson").value = found ? id : "";
  if (!found) return;
  const title = document.createElement("h2"), intro = document.createElement("p"), list = document.createElement("ol"), answer = document.createElement("details"), summary = document.createElement("summary"), why = document.createElement("p");
  title.id = "lesson-title"; title.textContent = found.title; intro.textContent = found.text;
  for (const step of found.steps) {
    const item = document.createElement("li"), button = document.createElement("button");
    Object.assign(button, { type: "button", textContent: step.button, onclick: () => start(step.run) });
    item.append(`${step.say} `, button);
    list.append(item);
  }
  summary.textContent = "Why"; why.textContent = found.answer;
  answer.append(summary, why);
  panel.replaceChildren(title, intro, list, answer);
  if (begin) start(found.steps[0].run);
}
$("lesson").onchange = () => {
  const id = $("lesson").value, kept = new URLSearchParams(query);
  if (id) kept.set("lesson", id); else kept.delete("lesson");
  query.delete("lesson");
  history.replaceState(null, "", `${location.pathname}${kept.size ? `?${kept}` : ""}`);
  lesson(id);
};
shared = readAddress();
addEventListener("hashchange", () => { shared = readAddress(); if (shared) beginShared(); });
const wanted = LESSONS.find((each) => each.id === query.get("lesson"));
if (wanted) { shared ||= { spec: wanted.steps[0].run }; lesson(wanted.id, false); } else hide(query.get("hide")?.split(",") || []);
