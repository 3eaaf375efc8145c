// SPDX-License-Identifier: BSD-2-Clause
// status.js: look at status.json again and again and show what it says.
// Counters only grow; what happened between two looks is their difference.
"use strict";

const FRAMES = {  // as examples/httpd/status.c writes them
  b: ["boot", "#8d6e63", "the image, and what the domain builder left"],
  u: ["unmapped", "#fafafa", "not needed yet"],
  ".": ["free", "#dfe9d8", "free"],
  p: ["pages", "#3d7ea6", "whole pages: stacks, rings, page tables"],
  s: ["small", "#e2a72e", "the heap's small objects"],
  l: ["large", "#d9583b", "the heap's large ones"],
  r: ["records", "#9c89b8", "the page allocator's own"],
};
const GRANTS = {
  ".": ["free", "#e8e5df", "not given"],
  r: ["read", "#9ec5dd", "may be read"],
  R: ["reading", "#3d7ea6", "may be read, and is mapped now"],
  w: ["write", "#f0c987", "may be written"],
  W: ["writing", "#d9583b", "may be written, and is mapped now"],
};
const SAMPLES = 120;

const $ = id => document.getElementById(id);
let last = null;
const history = {};  // of each interface: [{rx, tx}]

function number(value) {
  return Math.round(value).toLocaleString("en");
}

function bytes(value) {
  for (const unit of ["bytes", "KiB", "MiB", "GiB"]) {
    if (value < 10240 || unit === "GiB") return `${number(value)} ${unit}`;
    value /= 1024;
  }
}

// An element with text or children.
function make(name, cls, ...children) {
  const element = document.createElement(name);
  if (cls) element.className = cls;
  element.append(...children);
  return element;
}

// Rows of cells: strings, numbers (right-aligned) or elements.
function fill(id, rows) {
  $(id).tBodies[0].replaceChildren(...rows.map(row => make("tr", "",
    ...row.map(cell => typeof cell === "number"
      ? make("td", "number", number(cell)) : make("td", "", cell)))));
}

function code(text) {
  return make("code", "", text);
}

function meter(part) {
  const element = make("span", "meter");
  element.style.width = `${Math.min(100, Math.max(0, part * 100))}px`;
  return element;
}

function keys(id, kinds) {
  $(id).replaceChildren(...Object.values(kinds).flatMap(
    ([, colour, meaning]) => {
      const key = make("span", "key");
      key.style.background = colour;
      return [key, meaning];
    }));
}

function colours(kinds) {
  return Object.fromEntries(Object.entries(kinds).map(
    ([letter, [, colour]]) => [letter, colour]));
}

// The sum of a counter over a list.
function sum(list, key) {
  return list.reduce((total, one) => total + one[key], 0);
}

function showNumbers(now, rate) {
  const seconds = Math.floor(now.uptime / 1e9);
  $("program").textContent = now.program;
  $("version").textContent = now.version;
  $("uptime").textContent =
    `${Math.floor(seconds / 3600)}:` +
    `${String(Math.floor(seconds / 60) % 60).padStart(2, "0")}:` +
    `${String(seconds % 60).padStart(2, "0")}`;
  $("requests").textContent = number(now.http.requests);
  $("request-rate").textContent = number(rate(s => s.http.requests));
  $("rx-rate").textContent = number(rate(s => sum(s.interfaces, "rx_packets")));
  $("tx-rate").textContent = number(rate(s => sum(s.interfaces, "tx_packets")));
  $("event-rate").textContent = number(rate(s => sum(s.ports, "events")));
  $("free").textContent = bytes(now.frames.free * 4096);
}

// The same thing at the last look, found by a key.
function before(list, key, value) {
  return last && last[list].find(one => one[key] === value);
}

function showInterfaces(now, rate) {
  $("interfaces").replaceChildren(...now.interfaces.map(one => {
    const find = s => s.interfaces.find(i => i.index === one.index) || one;
    const samples = history[one.index] ||= [];
    samples.push({rx: rate(s => find(s).rx_packets),
                  tx: rate(s => find(s).tx_packets)});
    if (samples.length > SAMPLES) samples.shift();
    const words = make("div", "", make("b", "", `vif ${one.index}`),
      one.up ? "" : " (down)", make("br"), code(one.mac), make("br"),
      `in ${number(one.rx_packets)}, ${bytes(one.rx_bytes)}`, make("br"),
      `out ${number(one.tx_packets)}, ${bytes(one.tx_bytes)}`, make("br"),
      `errors ${number(one.rx_errors + one.tx_errors)}`, make("br"),
      `events to the backend ${number(one.notifies)}`);
    return make("div", "interface", words,
      ...one.queues.flatMap((queue, i) => [
        drawRing(`receive ${i}`, queue.rx),
        drawRing(`transmit ${i}`, queue.tx)]),
      drawGraph(samples));
  }));
}

function showCpus(now) {
  $("cpus").replaceChildren(...now.cpus.map(cpu => {
    const old = before("cpus", "id", cpu.id) || {};
    const parts = ["running", "runnable", "blocked"].map(
      key => [key, cpu[key] - (old[key] || 0)]);
    const all = parts.reduce((total, [, value]) => total + value, 0) || 1;
    return make("div", "", `CPU ${cpu.id}: ` +
      `${Math.round(parts[0][1] / all * 100)} % running`,
      make("div", "bar", ...parts.map(([key, value]) => {
        const part = make("span", key);
        part.style.width = `${value / all * 100}%`;
        return part;
      })));
  }));
}

function showTables(now, seconds) {
  const perSecond = (list, key, id, one, what) => {
    const old = before(list, key, id);
    return old && seconds ? Math.max(0, one[what] - old[what]) / seconds : 0;
  };
  fill("ports", now.ports.map(port => {
    const rate = perSecond("ports", "port", port.port, port, "events");
    return [port.port, code(port.handler), port.cpu, port.events, rate,
      [port.pending ? "pending" : "", port.masked ? "masked" : ""].join(" ")];
  }));
  fill("threads", now.threads.map(thread => [
    code(thread.name), thread.state, thread.cpu, thread.turns,
    perSecond("threads", "name", thread.name, thread, "turns"),
    make("span", "", meter(thread.mapped / thread.stack),
      ` ${bytes(thread.mapped)} of ${bytes(thread.stack)}`)]));
  fill("http", [
    ["waiting for a request", now.http.idle],
    ["in the middle of one", now.http.head],
    ["taking an answer", now.http.send],
    ["closing", now.http.drain],
    ["accepted so far", now.http.accepted],
    ["put out: too slow", now.http.timed_out],
    ["put out: room for others", now.http.evicted],
    ["bytes sent", now.http.bytes_sent]]);
  fill("tcp", now.tcp.map(tcp => [
    code(tcp.local), code(tcp.remote), tcp.state, tcp.queued, tcp.window,
    tcp.congestion, tcp.receive_window]));
  fill("ranges", [...now.image, ...now.areas].map(range => [
    code(range.start), make("span", "", bytes(range.bytes)), range.name,
    "read" + (range.write ? ", write" : "") +
      (range.execute ? ", execute" : "")]));
}

function show(now) {
  const seconds = last ? (now.uptime - last.uptime) / 1e9 : 0;
  // How often per second, for a counter that `of` finds in a look.
  const rate = of => seconds > 0 ? Math.max(0, of(now) - of(last)) / seconds : 0;

  showNumbers(now, rate);
  showInterfaces(now, rate);
  $("per-cell").textContent = bytes(now.frames.per_cell * 4096);
  drawCells($("frames"), now.frames.cells, colours(FRAMES), 128);
  drawCells($("grants"), now.grants, colours(GRANTS), 128);
  showCpus(now);
  showTables(now, seconds);
  last = now;
}

async function look() {
  const period = Number($("period").value);
  if (period > 0) {
    try {
      const response = await fetch("status.json", {cache: "no-store"});
      show(await response.json());
      $("trouble").hidden = true;
    } catch (error) {
      $("trouble").textContent = `no answer: ${error.message}`;
      $("trouble").hidden = false;
    }
  }
  setTimeout(look, period || 500);
}

keys("frame-keys", FRAMES);
keys("grant-keys", GRANTS);
look();
