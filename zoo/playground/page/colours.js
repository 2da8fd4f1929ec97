// Colours that colour-blind people distinguish (Okabe and Ito 2008), and scales for numbers.

const CLASSES = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#882255", "#999933", "#44AA99", "#AA4499", "#6699CC", "#DDCC77"];
const VIRIDIS = [[68, 1, 84], [72, 40, 120], [62, 74, 137], [49, 104, 142], [38, 130, 142], [31, 158, 137], [53, 183, 121], [109, 205, 89], [180, 222, 44], [253, 231, 37]];
const BLUE = [0, 90, 160], RED = [200, 70, 0];

export const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
export const rgb = (hex) => [1, 3, 5].map((place) => parseInt(hex.slice(place, place + 2), 16));
export const text = ([r, g, b]) => `rgb(${r | 0},${g | 0},${b | 0})`;
export const mix = (a, b, share) => [0, 1, 2].map((k) => a[k] + (b[k] - a[k]) * share);
export const classColour = (number) => (number < 0 ? rgb(css("--ink")) : rgb(CLASSES[number % CLASSES.length]));

// Of 0 to 1.
export function sequential(share) {
  const place = Math.min(1, Math.max(0, share)) * (VIRIDIS.length - 1), low = Math.min(VIRIDIS.length - 2, Math.floor(place));
  return mix(VIRIDIS[low], VIRIDIS[low + 1], place - low);
}

// Of −1 to 1: blue below, red above.
export function diverging(value, zero = rgb(css("--zero"))) {
  const share = Math.min(1, Math.abs(value));
  return mix(zero, value < 0 ? BLUE : RED, share);
}
