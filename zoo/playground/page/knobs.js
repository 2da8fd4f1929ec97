// The knobs: a control for each option, with its type, range, choices and help.

const SECTIONS = { architecture: "Network", training: "Training", data: "Data" };

const shown = (value) => (Array.isArray(value) ? value.join(",") : value === null || value === undefined ? "" : String(value));

// The value of a control as the option has it; undefined where it is none.
function parsed(knob, text) {
  const one = (item) => {
    if (knob.type === "bool") return item === "true";
    if (knob.type === "str") return item;
    const value = Number(item);
    return item.trim() === "" || !Number.isFinite(value) || (knob.type === "int" && !Number.isInteger(value)) ? undefined : value;
  };
  if (!knob.many) return one(text);
  const items = text.split(",").map((each) => each.trim()).filter(Boolean).map(one);
  return items.includes(undefined) ? undefined : items;
}

export function drawKnobs(element, knobs, change) {
  const open = new Set([...element.querySelectorAll("details[open]")].map((each) => each.dataset.name));
  const known = new Set([...element.children].map((each) => each.dataset.name));
  const first = !element.children.length, focused = document.activeElement?.id;
  element.replaceChildren();
  for (const [section, title] of Object.entries(SECTIONS)) {
    const mine = knobs.filter((each) => each.section === section);
    if (!mine.length) continue;
    const outer = details(section, title, first || !known.has(section) || open.has(section));
    const often = mine.filter((each) => each.often && !each.idle), rest = mine.filter((each) => !often.includes(each));
    for (const each of often.length ? often : rest.slice(0, 6)) outer.append(control(each, change));
    const others = often.length ? rest : rest.slice(6);
    if (others.length) {
      const more = details(`${section} more`, `${others.length} more`, open.has(`${section} more`));
      for (const each of others) more.append(control(each, change));
      outer.append(more);
    }
    element.append(outer);
  }
  if (focused?.startsWith("knob-")) document.getElementById(focused)?.focus();
}

function details(name, title, open) {
  const found = document.createElement("details"), summary = document.createElement("summary");
  found.dataset.name = name; found.open = open; summary.textContent = title;
  found.append(summary);
  return found;
}

function control(knob, change) {
  const box = document.createElement("div"), label = document.createElement("label"), name = document.createElement("span");
  box.className = `knob${knob.idle ? " idle" : ""}`;
  box.dataset.knob = `${knob.section}.${knob.name}`;
  const id = `knob-${knob.section}-${knob.name}`;
  name.textContent = knob.name.replaceAll("_", " ");
  label.htmlFor = id;
  let input;
  if (knob.choices && !knob.many) input = choice(knob, knob.choices);
  else if (knob.type === "bool") input = choice(knob, ["true", "false"]);
  else {
    input = document.createElement("input");
    input.type = knob.many || knob.type === "str" ? "text" : "number";
    if (input.type === "number") {
      input.step = knob.type === "int" ? 1 : "any";
      for (const [attribute, limit] of [["min", knob.low ?? knob.above], ["max", knob.high ?? knob.below]]) if (limit !== null) input[attribute] = limit;
    }
    input.value = shown(knob.value);
    if (knob.optional && knob.value === null) input.placeholder = "from the data";
  }
  input.id = id;
  input.disabled = Boolean(knob.idle) || knob.fixed;
  input.title = `${knob.flag}: ${knob.expected}`;
  const help = document.createElement("small");
  help.id = `${id}-help`;
  const when = knob.idle ? `No effect ${knob.idle}. ` : "";
  help.textContent = `${when}${knob.help}`;
  input.setAttribute("aria-describedby", help.id);
  const row = document.createElement("span");
  row.className = "row";
  const low = knob.low ?? knob.above, high = knob.high ?? knob.below;
  const slides = input.type === "number" && !knob.many && low !== null && high !== null && (high - low <= 10 || ["samples", "noise"].includes(knob.name));
  if (slides && !input.disabled) {
    const slider = document.createElement("input");
    const top = knob.name === "samples" ? Math.min(high, 2000) : high;
    Object.assign(slider, { type: "range", min: low, max: top, step: knob.type === "int" ? 1 : "any", value: knob.value ?? low });
    slider.setAttribute("aria-label", `${name.textContent}, slider`);
    if (knob.type === "float") slider.step = (top - low) / 100;
    slider.addEventListener("input", () => { input.value = knob.type === "int" ? Number(slider.value) : +Number(slider.value).toPrecision(3); });
    slider.addEventListener("change", () => input.dispatchEvent(new Event("change")));
    input.style.width = "5rem";
    row.append(slider);
  }
  row.append(input);
  label.append(name);
  box.append(label, help);
  label.append(row);
  input.addEventListener("change", () => {
    const value = parsed(knob, input.value);
    if (value === undefined) {
      input.setAttribute("aria-invalid", "true");
      help.textContent = `Expected ${knob.expected}. ${knob.help}`;
      return;
    }
    change(knob, value);
  });
  return box;
}

function choice(knob, choices) {
  const select = document.createElement("select");
  for (const each of choices) select.add(new Option(each, each, false, each === shown(knob.value)));
  return select;
}
