"use strict";
// Draws a timeline as SVG; its colours are the style sheet's. It comes before trace.js, which zooms and points.
(() => {
  const SVG = "http://www.w3.org/2000/svg";
  const APART = 15; // pixels between the names of lines
  const WIDE = 100; // pixels from tick to tick, or more
  const LEAST = 1.5; // pixels that a shape takes, however short
  const [TOP, RIGHT, AXIS] = [6, 24, 48];
  const [STRIP, HELD, HANDS] = [24, 16, 20]; // the lines for holds, above, and for hand-overs, below
  const LOOKS = [["waiting", 0.14], ["queued", 0.62], ["part", 0.42], ["running", 0.84]];
  const UNITS = [[1e9, "s"], [1e6, "ms"], [1e3, "us"], [1, "ns"]];
  const pen = document.createElement("canvas").getContext("2d");

  const within = (value, low, high) => Math.max(low, Math.min(high, value));
  const unit = (time) => UNITS.find(([factor]) => time >= 0.9995 * factor) ?? UNITS.at(-1);
  const pixels = (value) => Math.round(value * 100) / 100;

  function made(name, attributes, ...children) {
    const node = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, typeof value === "number" ? pixels(value) : value);
    node.append(...children);
    return node;
  }

  function exactly(time, step, [factor, name] = unit(time)) {
    const digits = within(Math.ceil(Math.log10(factor / step) - 1e-9), 0, 9);
    const value = (time / factor).toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
    return time ? `${value} ${name}` : "0";
  }

  // As `units.seconds` writes a time.
  function told(time) {
    const [factor, name] = unit(time);
    const value = time / factor;
    const digits = factor === 1 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
    return `${value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits })} ${name}`;
  }

  // Gives what each line did, from the columns that the figure has.
  function read(figure) {
    const { grain } = figure;
    let [place, joined] = [0, 0];
    return figure.counts.map((count) => {
      let before = 0;
      return Array.from({ length: count }, () => {
        const [start, did] = [before + figure.gaps[place] * grain, figure.did[place]];
        const end = before = start + figure.lengths[place++] * grain;
        if (did === figure.codes.joined) {
          const told = figure.joined[joined++];
          return { start, end, times: told.slice(0, 3).map((time) => time * grain), slices: told[3], text: "" };
        }
        const times = [0, 0, 0];
        times[Math.min(did, 2)] = end - start;
        return { start, end, times, slices: 1, text: did < figure.codes.text ? "" : figure.texts[did - figure.codes.text] };
      });
    });
  }

  function readHolds({ starts, lengths, who, where, places, spans: [numbers, lines, from, long, counts] }) {
    const holds = starts.map((start, number) => {
      const [place, code, seen] = places[where[number]];
      return { number, start, end: start + lengths[number], who: who[number], place, code, seen, spans: [] };
    });
    // Those that are too many to be told stand together at the end.
    const others = { number: -1, spans: [] };
    numbers.forEach((number, at) => (holds[number] ?? others).spans.push({ line: lines[at], start: from[at], end: from[at] + long[at], count: counts[at] }));
    return [holds, others];
  }

  function readHands({ gaps, from, to, width, counts }) {
    let at = 0;
    if (gaps) return gaps.map((gap, place) => ({ start: at += gap, end: at, count: 1, from: from[place], to: to[place] }));
    return counts.map((count, place) => ({ start: place * width, end: (place + 1) * width, count })).filter(({ count }) => count);
  }

  function join(one, other) {
    const times = one.times.map((time, place) => time + other.times[place]);
    const text = one.text === other.text ? one.text : "";
    return { start: one.start, end: other.end, times, slices: one.slices + other.slices, text };
  }

  // Gives what is seen from `low` to `high`: what lies within a pixel together is one.
  function seen(lines, low, high, pixel) {
    return lines.map((line) => {
      const found = [];
      for (const shape of line) {
        if (shape.end <= low || shape.start >= high) continue;
        const last = found.at(-1);
        if (last && shape.end - last.start <= pixel) found[found.length - 1] = join(last, shape);
        else found.push(shape);
      }
      return found;
    });
  }

  function look({ start, end, times: [running, queued, waiting] }, pixel, mostly) {
    if (running >= mostly * Math.max(pixel, end - start)) return "running";
    return running > 0 ? "part" : queued > waiting ? "queued" : "waiting";
  }

  // Gives where a time from `start` to `end` is drawn: from which pixel on, and up to which.
  function across({ area, view: { low }, pixel }, start, end) {
    const from = area.left + Math.max(0, (start - low) / pixel);
    return [from, Math.min(area.left + area.width, Math.max(from + LEAST, area.left + (end - low) / pixel))];
  }

  // Gives all shapes of one look as one path, those that touch as one: a browser draws that soonest.
  function outline(chart, name, share) {
    const { rise, top, pixel, figure } = chart;
    let path = "";
    chart.seen.forEach((line, place) => {
      const [above, below] = [0.5 - share / 2, 0.5 + share / 2].map((part) => pixels(top + (place + part) * rise));
      let [from, to] = [-1, -1];
      const close = () => { if (to > from) path += `M${pixels(from)} ${above}H${pixels(to)}V${below}H${pixels(from)}Z`; };
      for (const shape of line) {
        if (look(shape, pixel, figure.codes.mostly) !== name) continue;
        const [start, end] = across(chart, shape.start, shape.end);
        if (start > to) {
          close();
          from = start;
        }
        to = Math.max(to, end);
      }
      close();
    });
    return path;
  }

  // What patterns are made of: lines as rectangles, turned, so that every screen draws them alike.
  function patterns(id) {
    const pattern = (name, size, turn, ...children) => made("pattern", {
      id: `${id}-${name}`, width: size, height: size, patternUnits: "userSpaceOnUse", patternTransform: `rotate(${turn})`,
    }, ...children);
    const line = (name, width, height) => made("rect", { class: name, width, height });
    return made("defs", {},
      pattern("queued", 5, 45, line("queued", 2, 5)),
      pattern("held", 7, -45, line("held", 7, 7), line("gap", 1.5, 7)));
  }

  function ticks(low, high, most) {
    const rough = (high - low) / Math.max(2, most);
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = power * [1, 2, 5, 10].find((each) => each * power >= rough * 0.999);
    const found = [];
    for (let number = Math.ceil(low / step - 1e-9); number * step <= high; number++) found.push(number * step);
    return found.map((time) => [time, exactly(time, step, unit(high))]);
  }

  function measured(text, size = 13) {
    pen.font = `${size}px ${getComputedStyle(document.body).fontFamily}`;
    return pen.measureText(text).width;
  }

  // Gives the width that the names of lines take beside these charts.
  function margin(charts) {
    return 14 + Math.max(...charts.flatMap(({ figure }) => [...figure.ticks, ...figure.holds.all ? ["loop held"] : [], "hand-overs"]).map((text) => measured(text)));
  }

  // Gives how high a timeline is, and where its lines are.
  function heights(figure) {
    const top = TOP + (figure.holds.all ? STRIP : 0);
    const bottom = top + figure.ticks.length * figure.rise;
    const foot = bottom + (figure.hands.all ? HANDS : 4);
    return { top, bottom, foot, height: foot + AXIS, rise: figure.rise };
  }

  function text(said, x, y, anchor, name, ...more) {
    return made("text", { x, y, "text-anchor": anchor, class: name }, said, ...more);
  }

  function frame(chart) {
    const { figure, area, view: { low, high }, top, bottom, foot, height, rise, pixel } = chart;
    const parts = [];
    for (const [time, said] of ticks(low, high, area.width / WIDE)) {
      const x = area.left + (time - low) / pixel;
      parts.push(made("path", { class: "grid", d: `M${pixels(x)} ${TOP}V${foot + 5}` }), text(said, x, foot + 18, "middle", "tick"));
    }
    parts.push(text("time from the batch's beginning", area.left + area.width / 2, height - 8, "middle", "title"));
    const every = Math.ceil(APART / rise);
    figure.ticks.forEach((name, place) => {
      if (place % every === 0) parts.push(text(name, area.left - 8, top + (place + 0.5) * rise + 4.5, "end", "names"));
    });
    if (figure.holds.all) parts.push(text("loop held", area.left - 8, TOP + HELD / 2 + 4.5, "end", "names"));
    if (figure.hands.all) parts.push(text("hand-overs", area.left - 8, bottom + 15, "end", "names soft"));
    if (figure.wall > low && figure.wall <= high) {
      parts.push(made("path", { class: "end", d: `M${pixels(area.left + (figure.wall - low) / pixel)} ${TOP}V${foot}` }));
    }
    if (low >= figure.wall) parts.push(text("the batch had ended", area.left + area.width / 2, (top + bottom) / 2, "middle", "ended"));
    return parts;
  }

  // Gives strokes from who gave control to who took it, where there is room for them, and below a
  // tick for each; where there is none, how many there were in each three pixels.
  function hands(chart) {
    const { area, view: { low, high }, top, bottom, rise, pixel } = chart;
    const shown = chart.hands.filter(({ start, end }) => end >= low && start <= high);
    const bins = new Map();
    let [strokes, heads, bars] = ["", "", ""];
    for (const { start, end, count } of shown) {
      const bin = Math.floor(((start + end) / 2 - low) / pixel / 3);
      bins.set(bin, (bins.get(bin) ?? 0) + count);
    }
    const wide = Math.max(2, (shown[0]?.end - shown[0]?.start) / pixel);
    const most = Math.max(1, ...bins.values());
    for (const [bin, count] of bins) {
      const x = pixels(within(area.left + bin * 3, area.left, area.left + area.width));
      const tall = pixels(6 + 11 * (Math.log(count) / Math.log(Math.max(2, most))));
      bars += `M${x} ${bottom + HANDS - 2}v-${most > 1 ? tall : 10}h${pixels(Math.min(wide, area.left + area.width - x))}v${most > 1 ? tall : 10}Z`;
    }
    if (shown.length <= area.width / 6) {
      for (const { start, from, to } of shown) {
        if (from === undefined || from === to) continue;
        const x = pixels(area.left + (start - low) / pixel);
        const [give, take] = [from, to].map((line) => pixels(top + (line + 0.5) * rise));
        strokes += `M${x} ${give}V${take}`;
        const back = take > give ? -1 : 1;
        if (Math.abs(take - give) > 8) heads += `M${x} ${take}l-3 ${5 * back}h6Z`;
      }
    }
    return [
      made("path", { class: "bars", d: bars }), made("path", { class: "strokes", d: strokes }), made("path", { class: "heads", d: heads }),
    ];
  }

  // Gives the marks of holds, each to be reached by the keyboard from the one before it.
  function holds(chart) {
    const { area, view: { low, high }, pixel, top, rise } = chart;
    const shown = chart.holds.filter(({ start, end }) => end > low && start < high);
    let [rows, above] = ["", ""];
    for (const { number, spans } of [...shown, chart.others]) {
      for (const { line, start, end } of spans) {
        if (end <= low || start >= high) continue;
        const [from, to] = across(chart, start, end).map(pixels);
        if (number < 0) above += `M${from} ${TOP}H${to}V${TOP + HELD}H${from}Z`;
        const [upper, lower] = [0.08, 0.92].map((part) => pixels(top + (line + part) * rise));
        rows += `M${from} ${upper}H${to}V${lower}H${from}Z`;
      }
    }
    const marks = shown.map((hold) => {
      const [from, to] = across(chart, hold.start, hold.end);
      const wide = Math.max(3, to - from);
      const said = [`${hold.who}: ${told(hold.end - hold.start)}`, told(hold.end - hold.start)].find((each) => measured(each, 12) + 10 < wide);
      const mark = made("g", { class: "hold", role: "img", tabindex: -1, "data-hold": hold.number, "aria-label": words(hold).join(". ") },
        made("rect", { x: Math.min(from, area.left + area.width - 3), y: TOP, width: wide, height: HELD, rx: 2 }));
      if (said) mark.append(text(said, (from + to) / 2, TOP + HELD - 4, "middle", "which"));
      return mark;
    });
    return [rows, above, marks];
  }

  function words({ start, end, who, place, code, seen, count }) {
    const step = Math.max(1, (end - start) / 1000);
    if (count) return [`The loop was held ${count === 1 ? "once" : `${count.toLocaleString("en")} times`}`, `${exactly(start, step)} to ${exactly(end, step)}`];
    return [
      `${who} held the loop for ${told(end - start)}`, `${seen ? "in" : "somewhere in"} ${place}`, ...code ? [code] : [],
      `${exactly(start, step)} to ${exactly(end, step)}`,
    ];
  }

  // Draws what a view has of a chart into its node.
  function draw(chart, width) {
    const { figure, node, view: { low, high, left } } = chart;
    chart.area = { left, width: Math.max(1, width - left - RIGHT) };
    chart.pixel = (high - low) / chart.area.width;
    chart.seen = seen(chart.lines, low, high, chart.pixel);
    const paths = LOOKS.map(([name, share]) => made("path", {
      class: name, "data-look": name, d: outline(chart, name, share), ...name === "queued" && { fill: `url(#${node.parentElement.id}-queued)` },
    }));
    const [rows, above, marks] = holds(chart);
    if (rows) paths.push(made("path", { class: "red", "data-look": "held", d: rows, fill: `url(#${node.parentElement.id}-held)` }));
    if (above) paths.push(made("path", { class: "others", d: above }));
    const svg = made("svg", { width, height: chart.height, "data-low": String(low), "data-high": String(high) },
      patterns(node.parentElement.id),
      made("g", { role: "img", "aria-label": node.parentElement.getAttribute("aria-label") }, ...frame(chart), ...paths, ...hands(chart)),
      ...marks);
    node.replaceChildren(svg);
  }

  globalThis.timelines = { within, exactly, told, read, readHolds, readHands, heights, margin, draw, words, TOP, HELD };
})();
