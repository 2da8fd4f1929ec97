// Paint points of up to four classes, with the mouse or with the keyboard; the result is a table like any other.

import { classColour, css, text } from "./colours.js";

const CLASSES = ["A", "B", "C", "D"], SIZE = 260;

export function painter(element, use) {
  const points = [];
  let active = 0, cursor = [0, 0], erase = false, down = false;
  const canvas = document.createElement("canvas"), context = canvas.getContext("2d");
  const ratio = window.devicePixelRatio || 1;
  canvas.width = canvas.height = SIZE * ratio; canvas.style.width = `${SIZE}px`; canvas.tabIndex = 0;
  canvas.setAttribute("role", "application");
  canvas.setAttribute("aria-label", "Plane to paint in: arrow keys move, Enter sets a point, Backspace takes the last one away");
  const tools = document.createElement("div");
  tools.className = "tools";
  const buttons = CLASSES.map((name, number) => {
    const button = document.createElement("button");
    button.type = "button"; button.textContent = name; button.style.borderBottom = `4px solid ${text(classColour(number))}`;
    button.setAttribute("aria-label", `class ${name}`);
    button.onclick = () => { active = number; erase = false; mark(); };
    return button;
  });
  const rubber = document.createElement("button"), clear = document.createElement("button"), done = document.createElement("button"), count = document.createElement("span");
  count.setAttribute("role", "status");
  Object.assign(rubber, { type: "button", textContent: "Erase", onclick: () => { erase = true; mark(); } });
  Object.assign(clear, { type: "button", textContent: "Clear", onclick: () => { points.length = 0; draw(); } });
  Object.assign(done, { type: "button", textContent: "Train on these", className: "main", onclick: () => use(table(), points.length) });
  tools.append(...buttons, rubber, clear);
  const last = document.createElement("p");
  last.append(done, " ", count);
  element.replaceChildren(canvas, tools, last);

  const mark = () => { buttons.forEach((each, n) => each.setAttribute("aria-pressed", String(!erase && n === active))); rubber.setAttribute("aria-pressed", String(erase)); };
  const px = (value) => ((value + 1) / 2) * SIZE;
  function draw() {
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, SIZE, SIZE);
    context.strokeStyle = css("--line");
    context.beginPath(); context.moveTo(SIZE / 2, 0); context.lineTo(SIZE / 2, SIZE); context.moveTo(0, SIZE / 2); context.lineTo(SIZE, SIZE / 2); context.stroke();
    for (const [x, y, label] of points) { context.fillStyle = text(classColour(label)); context.beginPath(); context.arc(px(x), SIZE - px(y), 3.5, 0, 7); context.fill(); }
    if (document.activeElement === canvas) { context.strokeStyle = css("--ink"); context.strokeRect(px(cursor[0]) - 5, SIZE - px(cursor[1]) - 5, 10, 10); }
    const classes = new Set(points.map((each) => each[2])).size;
    count.textContent = `${points.length} points, ${classes} ${classes === 1 ? "class" : "classes"}${classes < 2 || points.length < 6 ? " (at least 6 points of 2 classes)" : ""}`;
    done.disabled = classes < 2 || points.length < 6;
  }
  const near = ([x, y]) => { for (let k = points.length - 1; k >= 0; k--) if (Math.hypot(points[k][0] - x, points[k][1] - y) < 0.09) points.splice(k, 1); };
  function at(event) {
    const box = canvas.getBoundingClientRect();
    return [(2 * (event.clientX - box.left)) / box.width - 1, 1 - (2 * (event.clientY - box.top)) / box.height].map((v) => +Math.max(-1, Math.min(1, v)).toFixed(3));
  }
  function add(place) {
    if (erase) near(place);
    else if (points.length < 2000) points.push([...place, active]);
    draw();
  }
  canvas.onpointerdown = (event) => { down = true; canvas.setPointerCapture(event.pointerId); add(at(event)); };
  canvas.onpointermove = (event) => {
    if (!down) return;
    const place = at(event), previous = points[points.length - 1];
    if (erase || !previous || Math.hypot(previous[0] - place[0], previous[1] - place[1]) > 0.06) add(place);
  };
  canvas.onpointerup = canvas.onpointercancel = () => { down = false; };
  canvas.onfocus = canvas.onblur = draw;
  canvas.onkeydown = (event) => {
    const step = event.shiftKey ? 0.2 : 0.05, move = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, step], ArrowDown: [0, -step] }[event.key];
    if (move) cursor = cursor.map((v, k) => +Math.max(-1, Math.min(1, v + move[k])).toFixed(3));
    else if (event.key === "Enter" || event.key === " ") add(cursor);
    else if (event.key === "Backspace") points.pop();
    else return;
    event.preventDefault(); event.stopPropagation();
    draw();
  };
  const table = () => `x,y,class\n${points.map(([x, y, label]) => `${x},${y},${CLASSES[label]}`).join("\n")}\n`;
  mark();
  draw();
}

// A pad to draw one image on: grey values 0 to 255, row by row, or null where nothing is drawn.
export function pad(element, rows, columns, changed) {
  const values = new Float32Array(rows * columns), canvas = document.createElement("canvas"), context = canvas.getContext("2d");
  const scale = Math.max(2, Math.floor(112 / Math.max(rows, columns))), thick = Math.max(0.6, rows / 20);
  canvas.className = "pad"; canvas.width = columns * scale; canvas.height = rows * scale;
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", "pad to draw an image on with the mouse; the samples can be chosen by number instead");
  const clear = document.createElement("button");
  Object.assign(clear, { type: "button", textContent: "Clear drawing", onclick: () => { values.fill(0); draw(); changed(null); } });
  let down = false;
  function draw() {
    for (let k = 0; k < values.length; k++) { const v = values[k] | 0; context.fillStyle = `rgb(${v},${v},${v})`; context.fillRect((k % columns) * scale, Math.floor(k / columns) * scale, scale, scale); }
  }
  function paint(event) {
    const box = canvas.getBoundingClientRect(), x = ((event.clientX - box.left) / box.width) * columns, y = ((event.clientY - box.top) / box.height) * rows;
    for (let row = 0; row < rows; row++) for (let column = 0; column < columns; column++) {
      const distance = Math.hypot(column + 0.5 - x, row + 0.5 - y), ink = 255 * Math.max(0, Math.min(1, thick + 0.5 - distance));
      values[row * columns + column] = Math.max(values[row * columns + column], ink);
    }
    draw();
    changed([...values].map(Math.round));
  }
  canvas.onpointerdown = (event) => { down = true; canvas.setPointerCapture(event.pointerId); paint(event); };
  canvas.onpointermove = (event) => down && paint(event);
  canvas.onpointerup = canvas.onpointercancel = () => { down = false; };
  draw();
  element.append(canvas, clear);
}
