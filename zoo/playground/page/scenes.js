// One renderer for each kind of scene. Each draws data alone: {kind, title, …} as zoo/views/scenes.py has them.

import { classColour, css, diverging, mix, rgb, sequential, text } from "./colours.js";

const number = (value) => {
  if (value === null || !Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  return size !== 0 && (size < 1e-3 || size >= 1e5) ? value.toExponential(1) : String(+value.toPrecision(3));
};

// A canvas in `figure` of this size in CSS pixels, and its context in those.
function canvasIn(figure, width, height, label) {
  let canvas = figure.querySelector("canvas.drawn");
  if (!canvas) {
    canvas = document.createElement("canvas");
    canvas.className = "drawn";
    canvas.setAttribute("role", "img");
    figure.querySelector(".body").append(canvas);
  }
  const ratio = Math.min(3, window.devicePixelRatio || 1), w = Math.round(width * ratio), h = Math.round(height * ratio);
  if (canvas.width !== w || canvas.height !== h) { canvas.width = w; canvas.height = h; canvas.style.width = `${width}px`; }
  if (canvas.getAttribute("aria-label") !== label) canvas.setAttribute("aria-label", label);
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  context.font = "12px system-ui, sans-serif";
  return [context, canvas];
}

// An image of pixels as a small canvas to be scaled.
function bitmap(width, height, colour) {
  const canvas = document.createElement("canvas");
  canvas.width = width; canvas.height = height;
  const context = canvas.getContext("2d"), image = context.createImageData(width, height);
  for (let place = 0; place < width * height; place++) {
    const c = colour(place);
    image.data.set(c ? [c[0], c[1], c[2], 255] : [0, 0, 0, 0], 4 * place);
  }
  context.putImageData(image, 0, 0);
  return canvas;
}

const room = (figure) => Math.max(220, Math.min(460, figure.clientWidth || 340));

// --- planes -----------------------------------------------------------------------------------------------------------

const LAYERS = {
  Regions(context, scene, { x, y }) {
    const values = scene.classes || scene.values, [rows, columns] = values.shape, paper = rgb(css("--paper"));
    const palette = Array.from({ length: 40 }, (_, n) => classColour(n));
    const image = bitmap(columns, rows, (place) => {
      const source = (rows - 1 - Math.floor(place / columns)) * columns + (place % columns);
      if (scene.classes) {
        return mix(paper, palette[scene.classes.data[source] % 40], 0.08 + 0.5 * (scene.shares.data[source] / 255));
      }
      return mix(paper, sequential(scene.values.data[source] / 255), 0.75);
    });
    const [left, right, bottom, top] = scene.extent;
    context.imageSmoothingEnabled = true;
    const [x0, x1] = [x(left), x(right)], [y0, y1] = [y(top), y(bottom)];
    context.drawImage(image, Math.min(x0, x1), Math.min(y0, y1), Math.abs(x1 - x0), Math.abs(y1 - y0));
  },
  Points(context, scene, { x, y }) {
    const xy = scene.xy.data, count = scene.xy.shape[0];
    if (scene.edges) {
      context.strokeStyle = css("--ink"); context.globalAlpha = 0.55; context.lineWidth = 1;
      context.beginPath();
      for (let k = 0; k < scene.edges.shape[0]; k++) {
        const [a, b] = [scene.edges.data[2 * k], scene.edges.data[2 * k + 1]];
        context.moveTo(x(xy[2 * a]), y(xy[2 * a + 1])); context.lineTo(x(xy[2 * b]), y(xy[2 * b + 1]));
      }
      context.stroke(); context.globalAlpha = 1;
    }
    const plain = text(mix(rgb(css("--soft")), rgb(css("--paper")), 0.3));
    const outlined = scene.size >= 3 && count <= 1200;
    for (let k = 0; k < count; k++) {
      const colour = scene.colours ? text([0, 1, 2].map((c) => scene.colours.data[3 * k + c])) : scene.classes ? text(classColour(scene.classes.data[k])) : scene.edges ? css("--ink") : plain;
      context.beginPath();
      context.arc(x(xy[2 * k]), y(xy[2 * k + 1]), scene.size * (scene.hollow ? 0.95 : 1), 0, 7);
      if (scene.hollow) { context.strokeStyle = colour; context.lineWidth = 1.3; context.stroke(); continue; }
      context.fillStyle = colour; context.fill();
      if (outlined || scene.edges) { context.strokeStyle = scene.edges ? css("--ink") : css("--paper"); context.lineWidth = 0.7; context.stroke(); }
    }
  },
  Boxes(context, scene, { x, y }) {
    const count = scene.low.shape[0];
    context.lineWidth = 1.5;
    for (let k = 0; k < count; k++) {
      context.strokeStyle = scene.classes ? text(classColour(scene.classes.data[k])) : css("--ink");
      context.globalAlpha = scene.round ? 0.5 : 0.9;
      const [x0, x1] = [x(scene.low.data[2 * k]), x(scene.high.data[2 * k])], [y0, y1] = [y(scene.low.data[2 * k + 1]), y(scene.high.data[2 * k + 1])];
      const [w, h] = [Math.abs(x1 - x0), Math.abs(y1 - y0)];
      context.beginPath();
      if (scene.round) context.ellipse((x0 + x1) / 2, (y0 + y1) / 2, w / 2, h / 2, 0, 0, 7);
      else context.rect(Math.min(x0, x1) - (w < 4 ? 2 : 0), Math.min(y0, y1) - (h < 4 ? 2 : 0), Math.max(w, 4), Math.max(h, 4));
      context.stroke();
    }
    context.globalAlpha = 1;
  },
  Curve(context, scene, { x, y }) {
    scene.lines.forEach(([, line], place) => {
      context.strokeStyle = text(classColour(place)); context.lineWidth = 2; context.beginPath();
      line.data.forEach((value, k) => context[k ? "lineTo" : "moveTo"](x(scene.x.data[k]), y(value)));
      context.stroke();
    });
  },
};

function ticks(low, high, most) {
  const raw = (high - low) / most, power = 10 ** Math.floor(Math.log10(raw || 1));
  const step = [1, 2, 5, 10].map((k) => k * power).find((each) => each >= raw) || 10 * power, found = [];
  for (let value = Math.ceil(low / step) * step; value <= high + 1e-9 * step; value += step) found.push(Math.abs(value) < step * 1e-9 ? 0 : value);
  return found;
}

// Axes around a drawing: gives functions from numbers to pixels.
function axes(context, width, height, [left, right, bottom, top], names, { flip = false, bare = false, log = false } = {}) {
  const pad = bare ? [4, 4, 4, 4] : [44, 8, names[0] ? 36 : 22, 8];
  const [l, r, b, t] = pad, w = width - l - r, h = height - b - t;
  const scale = log ? Math.log10 : (value) => value, [low, high] = [scale(bottom), scale(top)];
  const x = (value) => l + ((value - left) / (right - left || 1)) * w;
  const y = (value) => { const share = (scale(value) - low) / (high - low || 1); return flip ? t + share * h : t + h - share * h; };
  if (!bare) {
    context.fillStyle = css("--soft"); context.strokeStyle = css("--line"); context.lineWidth = 1;
    context.textAlign = "center"; context.textBaseline = "top";
    for (const value of ticks(left, right, w / 50)) { context.fillText(number(value), x(value), t + h + 4); }
    context.textAlign = "right"; context.textBaseline = "middle";
    const decades = high - low > 1.2 ? ticks(low, high, h / 40).filter(Number.isInteger).map((p) => 10 ** p) : ticks(bottom, top, h / 45).filter((value) => value > 0);
    const rows = log ? decades : ticks(bottom, top, h / 45);
    for (const value of rows) { context.fillText(number(value), l - 5, y(value)); context.beginPath(); context.moveTo(l, y(value)); context.lineTo(l + w, y(value)); context.globalAlpha = 0.5; context.stroke(); context.globalAlpha = 1; }
    context.textAlign = "center"; context.textBaseline = "bottom";
    if (names[0]) context.fillText(names[0], l + w / 2, height - 1);
    if (names[1]) { context.save(); context.translate(10, t + h / 2); context.rotate(-Math.PI / 2); context.fillText(names[1], 0, 3); context.restore(); }
  }
  return { x, y, clip: () => { context.save(); context.beginPath(); context.rect(l, t, w, h); context.clip(); }, box: [l, t, w, h] };
}

function legend(figure, entries) {
  let list = figure.querySelector(".legend");
  const key = JSON.stringify(entries) + document.documentElement.dataset.theme;
  if (!entries.length) { list?.remove(); return; }
  if (list?.dataset.key === key) return;
  list?.remove();
  list = document.createElement("ul");
  list.className = "legend"; list.dataset.key = key;
  for (const { name, colour, shape } of entries) {
    const item = document.createElement("li"), dot = document.createElement("canvas");
    dot.width = dot.height = 11;
    const context = dot.getContext("2d");
    context.fillStyle = context.strokeStyle = colour; context.lineWidth = 1.6;
    if (shape === "ring") { context.beginPath(); context.arc(5.5, 5.5, 4, 0, 7); context.stroke(); }
    else if (shape === "line") context.fillRect(0, 4, 11, 3);
    else { context.beginPath(); context.arc(5.5, 5.5, 4.5, 0, 7); context.fill(); }
    item.append(dot, name);
    list.append(item);
  }
  figure.append(list);
}

function Plane(figure, scene) {
  const width = room(figure), [left, right, bottom, top] = scene.extent;
  let height = Math.round(width * 0.82);
  if (scene.square) height = Math.round(Math.min(460, (width * (top - bottom)) / (right - left)));
  const bare = !scene.axes[0] && !scene.axes[1];
  const points = scene.layers.filter((each) => each.kind === "Points").reduce((sum, each) => sum + each.xy.shape[0], 0);
  const [context] = canvasIn(figure, width, Math.max(120, height), `${scene.title}: ${points} points${scene.labels.length ? `, classes ${scene.labels.join(", ")}` : ""}`);
  const place = axes(context, width, Math.max(120, height), scene.extent, scene.axes, { flip: scene.flip, bare });
  place.clip();
  for (const layer of scene.layers) LAYERS[layer.kind]?.(context, layer, place);
  context.restore();
  const entries = scene.labels.slice(0, 12).map((name, k) => ({ name, colour: text(classColour(k)) }));
  if (scene.layers.some((each) => each.hollow)) entries.push({ name: "held out", colour: css("--soft"), shape: "ring" });
  for (const layer of scene.layers) if (layer.kind === "Regions" && layer.values) entries.push({ name: `${number(layer.low)} (dark) to ${number(layer.high)} (light)`, colour: text(sequential(0.5)) });
  legend(figure, entries);
}

// --- curves -----------------------------------------------------------------------------------------------------------

function Curve(figure, scene) {
  const width = room(figure), height = Math.round(width * 0.52), xs = scene.x.data;
  let low = Infinity, high = -Infinity;
  for (const [, line] of scene.lines) for (const value of line.data) if (Number.isFinite(value) && (!scene.log || value > 0)) { low = Math.min(low, value); high = Math.max(high, value); }
  const label = `${scene.title}: ` + scene.lines.slice(0, 12).map(([name, line]) => `${name} ends at ${number(line.data[line.data.length - 1])}`).join(", ");
  const [context] = canvasIn(figure, width, height, label);
  if (low > high) [low, high] = scene.log ? [0.1, 1] : [0, 1];
  if (low === high) [low, high] = scene.log ? [low / 2, high * 2] : [low - 0.5, high + 0.5];
  if (scene.steps) low = 0;
  const space = scene.log ? 0 : 0.05 * (high - low);
  const first = xs[0] ?? 0, last = xs[xs.length - 1] ?? 1;
  const extent = [first, last > first ? last : first + 1, scene.steps ? 0 : scene.log ? low / 1.3 : low - space, scene.log ? high * 1.3 : high + space];
  const place = axes(context, width, height, extent, scene.axes, { log: scene.log });
  const many = scene.lines.length > 8, shade = (k) => (many ? text(sequential(k / (scene.lines.length - 1))) : text(classColour(k)));
  place.clip();
  scene.lines.forEach(([, line], k) => {
    context.strokeStyle = shade(k); context.lineWidth = many ? 1.2 : 2; context.beginPath();
    let down = false;
    const width = xs.length > 1 ? xs[1] - xs[0] : 1;
    line.data.forEach((value, n) => {
      if (!Number.isFinite(value) || (scene.log && value <= 0)) { down = false; return; }
      if (scene.steps) { context[down ? "lineTo" : "moveTo"](place.x(xs[n] - width / 2), place.y(value)); context.lineTo(place.x(xs[n] + width / 2), place.y(value)); }
      else context[down ? "lineTo" : "moveTo"](place.x(xs[n]), place.y(value));
      down = true;
    });
    context.stroke();
    if (line.data.length === 1 && down) { context.beginPath(); context.fillStyle = shade(k); context.arc(place.x(xs[0]) + 4, place.y(line.data[0]), 3, 0, 7); context.fill(); }
  });
  context.restore();
  legend(figure, scene.lines.length > 12 ? [] : scene.lines.map(([name], k) => ({ name, colour: shade(k), shape: "line" })));
}

// --- the net as a graph -----------------------------------------------------------------------------------------------

function Graph(figure, scene, { edit }) {
  const width = Math.max(300, Math.min(900, figure.clientWidth || 600)), most = Math.max(...scene.layers);
  const height = Math.max(150, Math.min(520, 38 * most)), left = 74, right = scene.outputs.length ? 84 : 34;
  const [context, canvas] = canvasIn(figure, width, height, `${scene.title}; layers of ${scene.layers.join(", ")} units`);
  const cell = Math.min(34, (height - 12) / most - 6), across = (width - left - right) / Math.max(1, scene.layers.length - 1);
  const at = (layer, unit) => [left + across * layer, height / 2 + (unit - (scene.layers[layer] - 1) / 2) * Math.min(60, (height - 10) / scene.layers[layer])];
  let largest = 1e-9;
  for (const matrix of scene.weights) for (const value of matrix.data) largest = Math.max(largest, Math.abs(value));
  const lines = [];
  scene.weights.forEach((matrix, layer) => {
    const [rows, columns] = matrix.shape;
    for (let a = 0; a < rows; a++) for (let b = 0; b < columns; b++) lines.push([layer, a, b, matrix.data[a * columns + b]]);
  });
  lines.sort((one, two) => Math.abs(one[3]) - Math.abs(two[3]));
  for (const [layer, a, b, value] of lines) {
    const [x0, y0] = at(layer, a), [x1, y1] = at(layer + 1, b), share = Math.abs(value) / largest;
    context.strokeStyle = text(diverging(Math.sign(value), [128, 128, 128])); context.globalAlpha = 0.18 + 0.8 * share;
    context.lineWidth = 0.6 + 6 * share;
    context.beginPath(); context.moveTo(x0, y0); context.bezierCurveTo(x0 + across / 2, y0, x1 - across / 2, y1, x1, y1); context.stroke();
  }
  context.globalAlpha = 1;
  scene.layers.forEach((count, layer) => {
    const pictures = scene.units[layer];
    for (let unit = 0; unit < count; unit++) {
      const [x, y] = at(layer, unit), bias = layer && scene.biases.length ? scene.biases[layer - 1].data[unit] : null;
      if (pictures) {
        const [, rows, columns] = pictures.shape, offset = unit * rows * columns;
        const zero = rgb(css("--zero"));
        const image = bitmap(columns, rows, (place) => diverging(pictures.data[offset + (rows - 1 - Math.floor(place / columns)) * columns + (place % columns)], zero));
        context.imageSmoothingEnabled = true;
        context.drawImage(image, x - cell / 2, y - cell / 2, cell, cell);
      } else { context.fillStyle = bias === null ? css("--zero") : text(diverging(bias / largest)); context.beginPath(); context.arc(x, y, cell / 2.4, 0, 7); context.fill(); }
      context.strokeStyle = css("--ink"); context.lineWidth = 1;
      context.beginPath();
      if (pictures) context.rect(x - cell / 2, y - cell / 2, cell, cell); else context.arc(x, y, cell / 2.4, 0, 7);
      context.stroke();
      context.fillStyle = css("--ink"); context.textBaseline = "middle";
      const fit = (name) => (name.length > 10 ? `${name.slice(0, 9)}…` : name);
      if (!layer && scene.inputs[unit]) { context.textAlign = "right"; context.fillText(fit(scene.inputs[unit]), x - cell / 2 - 6, y); }
      if (layer === scene.layers.length - 1 && scene.outputs[unit]) { context.textAlign = "left"; context.fillText(fit(scene.outputs[unit]), x + cell / 2 + 6, y); }
    }
  });
  legend(figure, [{ name: "positive weight", colour: text(diverging(1)), shape: "line" }, { name: "negative weight", colour: text(diverging(-1)), shape: "line" }]);
  figure.scene = scene;
  if (!scene.names.some(Boolean)) return;
  weightForm(figure, scene, edit);
  canvas.style.cursor = "pointer";
  canvas.onclick = (event) => {
    const box = canvas.getBoundingClientRect(), px = event.clientX - box.left, py = event.clientY - box.top;
    let best = null, near = 12;
    for (const [layer, a, b, value] of lines) {
      const [x0, y0] = at(layer, a), [x1, y1] = at(layer + 1, b);
      for (let t = 0.06; t < 0.95; t += 0.04) {
        const u = 1 - t, x = u ** 3 * x0 + 3 * u * u * t * (x0 + across / 2) + 3 * u * t * t * (x1 - across / 2) + t ** 3 * x1;
        const y = (u ** 3 + 3 * u * u * t) * y0 + (3 * u * t * t + t ** 3) * y1, distance = Math.hypot(x - px, y - py);
        if (distance < near) { near = distance; best = [layer, a, b, value]; }
      }
    }
    if (best) figure.querySelector(".edit").choose(...best);
  };
}

// The same with the keyboard: which weight, and its value.
function weightForm(figure, scene, edit) {
  if (figure.querySelector(".edit")) return;
  const form = document.createElement("details");
  form.className = "edit";
  const make = (label, low, high) => {
    const wrap = document.createElement("label"), input = document.createElement("input");
    Object.assign(input, { type: "number", min: low, max: high, value: low });
    wrap.append(`${label} `, input);
    form.append(wrap);
    return input;
  };
  const summary = document.createElement("summary");
  summary.textContent = "change a weight";
  form.append(summary);
  const layer = make("between layer", 1, scene.weights.length), from = make("unit", 1, 999), to = make("to unit", 1, 999), value = make("value", "", "");
  value.step = "any";
  const read = () => {
    const matrix = figure.scene.weights[layer.value - 1];
    if (!matrix) return;
    const found = matrix.data[(from.value - 1) * matrix.shape[1] + (to.value - 1)];
    if (found !== undefined) value.value = +found.toPrecision(5);
  };
  for (const each of [layer, from, to]) each.addEventListener("change", read);
  form.addEventListener("toggle", () => form.open && read());
  value.addEventListener("change", () => edit(figure.scene.names[layer.value - 1], [from.value - 1, to.value - 1], Number(value.value)));
  form.choose = (a, b, c, number) => { form.open = true; layer.value = a + 1; from.value = b + 1; to.value = c + 1; value.value = +number.toPrecision(5); value.focus(); value.select(); };
  figure.append(form);
}

// --- images and matrices ----------------------------------------------------------------------------------------------

function Images(figure, scene) {
  const { shape, data } = scene.images, [count, rows, columns] = shape, deep = shape.length === 4, zero = rgb(css("--zero"));
  const limit = Math.max(240, Math.min(640, figure.parentElement?.clientWidth || 340));
  let size = scene.size || Math.max(14, Math.min(72, columns * 2));
  const shown = scene.columns || Math.max(1, Math.min(count, Math.floor(limit / (size + 4))));
  size = Math.max(6, Math.min(size, Math.floor(limit / shown) - 3));
  const tall = Math.max(4, Math.round((size * rows) / columns)), captions = scene.labels.length > 0 && scene.labels.some(Boolean);
  const named = scene.columns && captions && scene.labels.every((name, k) => !name || k % shown === 0);
  const step = tall + (captions && !named ? 17 : 4), beside = named ? 58 : 0, lines = Math.ceil(count / shown);
  const [context] = canvasIn(figure, Math.max(60, beside + shown * (size + 4)), lines * step, `${scene.title}: ${count} images of ${rows} by ${columns}`);
  context.imageSmoothingEnabled = scene.smooth;
  const area = rows * columns;
  for (let k = 0; k < count; k++) {
    const image = bitmap(columns, rows, (place) => {
      if (deep) return [0, 1, 2].map((c) => data[(k * area + place) * 3 + c]);
      const value = data[k * area + place];
      return scene.signed ? diverging(value / 127.5 - 1, zero) : [value, value, value];
    });
    const x = beside + (k % shown) * (size + 4), y = Math.floor(k / shown) * step;
    context.drawImage(image, x, y, size, tall);
    context.strokeStyle = css("--line"); context.lineWidth = 1; context.strokeRect(x + 0.5, y + 0.5, size - 1, tall - 1);
    context.fillStyle = css("--soft");
    if (named && scene.labels[k]) { context.textAlign = "right"; context.textBaseline = "middle"; context.fillText(scene.labels[k], beside - 6, y + tall / 2); }
    else if (captions && !named) { context.textAlign = "center"; context.textBaseline = "top"; context.fillText(scene.labels[k] || "", x + size / 2, y + tall + 2, size + 2); }
  }
}

function Matrix(figure, scene) {
  const values = scene.values, [rows, columns] = values.shape, zero = rgb(css("--zero"));
  const limit = Math.max(220, Math.min(scene.square ? 380 : 620, figure.parentElement?.clientWidth || 340));
  const left = scene.rows.length ? 30 : scene.axes[1] ? 16 : 2, under = scene.columns.length ? (Math.max(...scene.columns.map((n) => n.length)) > 2 ? 58 : 18) : 0;
  const bottom = under + (scene.axes[0] ? 16 : 0), shift = scene.hexagonal ? 0.5 : 0;
  let cell = Math.min(26, (limit - left - 4) / (columns + shift)), tall = scene.square ? cell : Math.max(3, Math.min(cell, rows === 1 ? 26 : 260 / rows));
  if (rows === 1 && !scene.square) tall = 26;
  if (!scene.square && columns === 1) cell = Math.max(cell, 26);
  if (scene.hexagonal) tall = cell * 0.866;
  const width = left + (columns + shift) * cell + 4, height = rows * tall + bottom + 6;
  const scale = scene.colours ? "" : `; shades from ${number(scene.low)} to ${number(scene.high)}`;
  const [context] = canvasIn(figure, Math.max(width, 60), height, `${scene.title}: ${rows} by ${columns}${scale}`);
  for (let row = 0; row < rows; row++) for (let column = 0; column < columns; column++) {
    const place = row * columns + column, value = values.data[place], share = (value - scene.low) / (scene.high - scene.low || 1);
    const colour = scene.colours ? [0, 1, 2].map((c) => scene.colours.data[3 * place + c]) : scene.signed ? diverging(2 * share - 1, zero) : sequential(share);
    context.fillStyle = text(colour);
    const x = left + (column + (scene.hexagonal && row % 2 ? 0.5 : 0)) * cell, y = 1 + row * tall;
    if (scene.hexagonal) {
      const [cx, cy, r] = [x + cell / 2, y + tall / 2, cell / 1.7];
      context.beginPath();
      for (let k = 0; k < 6; k++) context.lineTo(cx + r * Math.sin((k * Math.PI) / 3), cy + r * Math.cos((k * Math.PI) / 3));
      context.fill();
    } else context.fillRect(x, y, cell + 0.4, tall + 0.4);
    if (rows === 1 && cell >= 22 && !scene.colours) {
      context.fillStyle = share > 0.6 && !scene.signed ? "#000" : scene.signed ? css("--ink") : "#fff"; context.textAlign = "center"; context.textBaseline = "middle";
      context.font = "10px system-ui, sans-serif"; context.fillText(value.toFixed(2), x + cell / 2, y + tall / 2); context.font = "12px system-ui, sans-serif";
    }
  }
  context.fillStyle = css("--soft"); context.textBaseline = "middle"; context.textAlign = "right";
  const every = (count, size) => Math.max(1, Math.ceil((count * 13) / Math.max(1, count * size)));
  scene.rows.forEach((name, k) => { if (k % every(rows, tall) === 0) context.fillText(name, left - 4, 1 + (k + 0.5) * tall); });
  scene.columns.forEach((name, k) => {
    if (k % every(columns, cell)) return;
    context.save(); context.translate(left + (k + 0.5) * cell, rows * tall + 6);
    if (under > 20) { context.rotate(-Math.PI / 3); context.textAlign = "right"; } else { context.textAlign = "center"; context.translate(0, 7); }
    context.fillText(name.length > 9 ? `${name.slice(0, 8)}…` : name, 0, 0); context.restore();
  });
  context.textAlign = "center";
  if (scene.axes[0]) { context.textBaseline = "bottom"; context.fillText(scene.axes[0], left + (columns * cell) / 2, height); }
  if (scene.axes[1] && !scene.rows.length) { context.save(); context.textBaseline = "middle"; context.translate(8, (rows * tall) / 2); context.rotate(-Math.PI / 2); context.fillText(scene.axes[1], 0, 0); context.restore(); }
  const shades = scene.colours || rows === 1 ? [] : scene.signed
    ? [{ name: number(scene.low), colour: text(diverging(-1)) }, { name: "0", colour: text(zero) }, { name: number(scene.high), colour: text(diverging(1)) }]
    : [{ name: number(scene.low), colour: text(sequential(0)) }, { name: number(scene.high), colour: text(sequential(1)) }];
  legend(figure, shades);
}

function Text(figure, scene) {
  const body = figure.querySelector(".body"), key = JSON.stringify(scene);
  if (body.dataset.key === key) return;
  body.dataset.key = key;
  if (scene.columns.length) {
    const table = document.createElement("table"), head = table.createTHead().insertRow(), rows = table.createTBody();
    for (const name of scene.columns) { const cell = document.createElement(name ? "th" : "td"); if (name) cell.scope = "col"; cell.textContent = name; head.append(cell); }
    for (const line of scene.lines) { const row = rows.insertRow(); for (const value of line) row.insertCell().textContent = value; }
    body.replaceChildren(table);
  } else {
    const lines = document.createElement("p");
    lines.className = "lines"; lines.textContent = scene.lines.join("\n");
    body.replaceChildren(lines);
  }
}

// What stands alone gets a plane around it.
function alone(figure, scene) {
  let extent = scene.extent;
  if (!extent) {
    const found = [scene.xy, scene.low, scene.high].filter(Boolean).flatMap((array) => [...array.data]);
    const xs = found.filter((_, k) => k % 2 === 0), ys = found.filter((_, k) => k % 2 === 1);
    const span = (values) => { const low = Math.min(...values, 0), high = Math.max(...values, low + 1e-9), space = 0.06 * (high - low || 1); return [low - space, high + space]; };
    extent = [...span(xs), ...span(ys)];
  }
  Plane(figure, { ...scene, extent, layers: [scene], axes: ["x", "y"], labels: [], flip: false, square: false });
}

const RENDERERS = { Plane, Curve, Graph, Images, Matrix, Text, Regions: alone, Points: alone, Boxes: alone };

// Draws the scenes of a view into its element: a figure for each, kept from frame to frame.
export function drawScenes(element, scenes, actions) {
  while (element.children.length > scenes.length) element.lastChild.remove();
  scenes.forEach((scene, place) => {
    let figure = element.children[place];
    if (!figure || figure.dataset.kind !== scene.kind) {
      const fresh = document.createElement("figure");
      fresh.className = "scene"; fresh.dataset.kind = scene.kind;
      const caption = document.createElement("figcaption"), body = document.createElement("div");
      body.className = "body";
      fresh.append(caption, body);
      if (figure) figure.replaceWith(fresh); else element.append(fresh);
      figure = fresh;
    }
    const caption = figure.querySelector("figcaption");
    if (caption.textContent !== scene.title) caption.textContent = scene.title;
    const single = scenes.length === 1 || scene.kind === "Plane" || scene.kind === "Curve" || scene.kind === "Graph";
    figure.style.width = single ? "100%" : "";
    (RENDERERS[scene.kind] || RENDERERS.Text)(figure, scene, actions);
  });
}

export { number };
