// SPDX-License-Identifier: BSD-2-Clause
// draw.js: rings, cells and curves, in SVG and on canvas.
"use strict";

const SVG = "http://www.w3.org/2000/svg";

// An SVG element with attributes and children.
function svg(name, attributes, ...children) {
  const element = document.createElementNS(SVG, name);
  for (const key in attributes) element.setAttribute(key, attributes[key]);
  element.append(...children);
  return element;
}

// Where the edge between two places lies on a circle of that radius.
function onCircle(place, size, radius) {
  const angle = 2 * Math.PI * place / size - Math.PI / 2;
  return [radius * Math.cos(angle), radius * Math.sin(angle)];
}

// The places [from, to) of the ring as a band; counters run on past its size.
function band(from, to, size, cls) {
  const outer = 70, inner = 48;
  if (to <= from) return "";
  if (to - from >= size) to = from + size - 0.001;
  const large = (to - from) * 2 > size ? 1 : 0;
  const [x1, y1] = onCircle(from, size, outer);
  const [x2, y2] = onCircle(to, size, outer);
  const [x3, y3] = onCircle(to, size, inner);
  const [x4, y4] = onCircle(from, size, inner);
  return svg("path", {class: cls, stroke: "none",
    d: `M${x1} ${y1}A${outer} ${outer} 0 ${large} 1 ${x2} ${y2}` +
       `L${x3} ${y3}A${inner} ${inner} 0 ${large} 0 ${x4} ${y4}Z`});
}

function hand(place, size, cls) {
  const [x1, y1] = onCircle(place, size, 40);
  const [x2, y2] = onCircle(place, size, 77);
  return svg("line", {class: `hand ${cls}`, x1, y1, x2, y2});
}

// A ring as it was at the last look. 32-bit counters: their differences count.
function drawRing(name, ring) {
  const {size, produced, answered, consumed} = ring;
  const waiting = (answered - consumed) >>> 0;
  const used = (produced - consumed) >>> 0;
  const at = consumed % size;
  return svg("svg", {class: "ring", viewBox: "-85 -85 170 170", width: 170,
                     height: 170},
    band(0, size, size, "empty"),
    band(at + waiting, at + used, size, "asked"),
    band(at, at + waiting, size, "answered"),
    hand(at + used, size, "asked"), hand(at + waiting, size, "answered"),
    hand(at, size, "read"),
    svg("text", {y: -8}, name),
    svg("text", {y: 8}, `${used - waiting} of ${size}`),
    svg("text", {y: 22}, `${waiting} to read`));
}

// Two curves over the last looks.
function drawGraph(samples) {
  const width = 300, height = 110;
  const top = Math.max(10, ...samples.map(s => Math.max(s.rx, s.tx)));
  const line = key => samples.map((s, i) =>
    `${i * width / Math.max(1, samples.length - 1)},` +
    `${height - s[key] / top * height}`).join(" ");
  return svg("svg", {class: "graph", width, height: height + 18,
                     viewBox: `0 -2 ${width} ${height + 18}`},
    svg("polyline", {class: "rx", points: line("rx")}),
    svg("polyline", {class: "tx", points: line("tx")}),
    svg("text", {x: 0, y: height + 14, "font-size": 11},
        `packets in (blue) and out (red); top: ${Math.round(top)} / s`));
}

// A character for each cell, in rows of `columns`; colours: by character.
function drawCells(canvas, cells, colours, columns) {
  const scale = 4;
  const rows = Math.ceil(cells.length / columns);
  canvas.width = columns * scale;
  canvas.height = rows * scale;
  canvas.style.maxWidth = `${columns * 8}px`;
  const context = canvas.getContext("2d");
  for (let i = 0; i < cells.length; i++) {
    context.fillStyle = colours[cells[i]];
    context.fillRect(i % columns * scale, Math.floor(i / columns) * scale,
                     scale - 1, scale - 1);
  }
}
