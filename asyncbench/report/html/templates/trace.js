"use strict";
// Draws timelines as SVG, and zooms all those of a work together.
(() => {
  const SHORTEST = 1000; // nanoseconds that a view shows at the least
  let mostly = 1; // from this share of a time on a line is drawn as running all of it: each figure tells
  const APART = 15; // pixels between the names of lines
  const WIDE = 100; // pixels from tick to tick, or more
  const LEAST = 1.5; // pixels that a shape takes, however short
  const NEAR = 4; // pixels from what is pointed at
  const [TOP, RIGHT, BOTTOM] = [8, 24, 56];
  const SVG = "http://www.w3.org/2000/svg";
  const LOOKS = [["waiting", 0.14], ["queued", 0.62], ["part", 0.42], ["running", 0.84]];
  const UNITS = [[1e9, "s"], [1e6, "ms"], [1e3, "us"], [1, "ns"]];

  const within = (value, low, high) => Math.max(low, Math.min(high, value));
  const unit = (time) => UNITS.find(([factor]) => time >= 0.9995 * factor) ?? UNITS.at(-1);

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
    let [place, joined] = [0, 0];
    mostly = figure.codes.mostly;
    return figure.counts.map((count) => Array.from({ length: count }, () => {
      const [start, did] = [figure.starts[place], figure.did[place]];
      const end = start + figure.lengths[place++];
      if (did === figure.codes.joined) {
        const [running, queued, waiting, slices] = figure.joined[joined++];
        return { start, end, times: [running, queued, waiting], slices, text: "" };
      }
      const times = [0, 0, 0];
      times[Math.min(did, 2)] = end - start;
      return { start, end, times, slices: 1, text: did < figure.codes.text ? "" : figure.texts[did - figure.codes.text] };
    }));
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

  function look({ start, end, times: [running, queued, waiting] }, pixel) {
    if (running >= mostly * Math.max(pixel, end - start)) return "running";
    return running > 0 ? "part" : queued > waiting ? "queued" : "waiting";
  }

  // Gives all shapes of one look as one path: a browser draws one of 10,000 corners sooner than 5,000 paths.
  function outline(lines, name, share, { low, high }, { area, pixel, rise }) {
    const corners = [];
    const tall = (share * rise).toFixed(1);
    lines.forEach((line, place) => {
      const top = (TOP + (place + (1 - share) / 2) * rise).toFixed(1);
      let [start, end] = [0, -1];
      const close = () => {
        if (end < 0) return;
        const [x, wide] = [area.left + (start - low) / pixel, (end - start) / pixel];
        corners.push(`M${x.toFixed(1)} ${top}h${wide.toFixed(1)}v${tall}h-${wide.toFixed(1)}z`);
      };
      for (const shape of line) {
        if (look(shape, pixel) !== name) continue;
        const from = Math.max(low, shape.start);
        const to = Math.min(high, Math.max(shape.end, shape.start + LEAST * pixel));
        // Those that touch are one.
        if (from > end) {
          close();
          start = from;
        }
        end = Math.max(end, to);
      }
      close();
    });
    return corners.join("");
  }

  function ticks(low, high, most) {
    const rough = (high - low) / Math.max(2, most);
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = power * [1, 2, 5, 10].find((each) => each * power >= rough * 0.999);
    const found = [];
    for (let number = Math.ceil(low / step - 1e-9); number * step <= high; number++) {
      found.push([number * step, exactly(number * step, step, unit(high))]);
    }
    return found;
  }

  // Gives the width that the names of lines take beside these charts.
  function margin(charts) {
    const pen = document.createElement("canvas").getContext("2d");
    pen.font = `13px ${getComputedStyle(document.body).fontFamily}`;
    return 14 + Math.max(...charts.flatMap(({ figure }) => figure.ticks).map((text) => pen.measureText(text).width));
  }

  function element(name, className, places, text = "") {
    const node = document.createElementNS(SVG, name);
    node.setAttribute("class", className);
    for (const [key, value] of Object.entries(places)) node.setAttribute(key, value);
    node.textContent = text;
    return node;
  }

  function draw(chart) {
    const { figure, node, view } = chart;
    const { low, high, left } = view;
    const { width, height } = node.getBoundingClientRect();
    chart.area = { left, width: Math.max(1, width - left - RIGHT) };
    chart.pixel = (high - low) / chart.area.width;
    chart.seen = seen(chart.lines, low, high, chart.pixel);
    chart.rise = (height - TOP - BOTTOM) / figure.ticks.length;
    const across = (time) => left + (time - low) / chart.pixel;
    const [middle, bottom] = [left + chart.area.width / 2, height - BOTTOM];
    const upright = (className, x) => element("line", className, { x1: x, x2: x, y1: TOP, y2: bottom });
    const every = Math.ceil(APART / chart.rise);
    node.replaceChildren(
      element("rect", "area", { x: left, y: TOP, width: chart.area.width, height: bottom - TOP }),
      ...ticks(low, high, chart.area.width / WIDE).flatMap(([time, text]) => [
        upright("grid", across(time)), element("text", "axis tick", { x: across(time), y: bottom + 18 }, text),
      ]),
      element("text", "axis", { x: middle, y: bottom + 44 }, "time from the batch's beginning"),
      ...figure.ticks.flatMap((text, place) => place % every ? [] : [
        element("text", "names", { x: left - 8, y: TOP + (place + 0.5) * chart.rise + 4.5 }, text),
      ]),
      ...LOOKS.map(([name, share]) => element("path", name, { d: outline(chart.seen, name, share, view, chart) })),
      ...(low <= figure.wall && figure.wall <= high ? [upright("end", across(figure.wall))] : []),
      ...(low < figure.wall ? [] : [element("text", "ended", { x: middle, y: (TOP + bottom) / 2 }, "the batch had ended")]),
    );
    node.dataset.shown = `${low} ${high}`;
  }

  // Gives the view of a work, which all its timelines share: one moment stands below the other.
  function viewOf(section, charts) {
    const { longest } = charts[0].figure;
    const view = { section, charts, left: margin(charts), longest, low: 0, high: longest };
    for (const node of section.querySelectorAll(".zoom")) node.hidden = false;
    for (const button of section.querySelectorAll(".zoom button")) {
      button.addEventListener("click", () => move(view, button.dataset.zoom));
    }
    tell(view);
    return view;
  }

  function tell(view) {
    const { section, low, high, longest } = view;
    const step = (high - low) / 1000;
    section.querySelector(".zoom output").textContent = high - low < longest
      ? `${exactly(low, step)} to ${exactly(high, step)}`
      : `all ${told(longest)}`;
  }

  function show(view, low, high) {
    const length = within(high - low, Math.min(SHORTEST, view.longest), view.longest);
    const start = within(low, 0, view.longest - length);
    if (start === view.low && start + length === view.high) return;
    [view.low, view.high] = [start, start + length];
    view.frame ||= requestAnimationFrame(() => {
      view.frame = 0;
      tell(view);
      const far = view.charts.filter(({ node }) => {
        const { top, bottom } = node.getBoundingClientRect();
        return top > innerHeight || bottom < 0;
      });
      for (const chart of view.charts) if (!far.includes(chart)) draw(chart);
      clearTimeout(view.later);
      view.later = setTimeout(() => far.forEach(draw), 100);
    });
  }

  // Shows a time that is so many times as long; what is at `at` stays there.
  function zoom(view, times, at = (view.low + view.high) / 2) {
    const length = within((view.high - view.low) * times, SHORTEST, view.longest);
    const low = at - (at - view.low) * (length / (view.high - view.low));
    show(view, low, low + length);
  }

  function move(view, how) {
    const step = (view.high - view.low) / 4;
    if (how === "in") zoom(view, 0.5);
    else if (how === "out") zoom(view, 2);
    else if (how === "left") show(view, view.low - step, view.high - step);
    else if (how === "right") show(view, view.low + step, view.high + step);
    else show(view, 0, view.longest);
  }

  const KEYS = { "+": "in", "=": "in", "-": "out", "_": "out", 0: "all", ArrowLeft: "left", ArrowRight: "right" };

  function listen(chart, view) {
    const { node, figure } = chart;
    const root = node.parentElement;
    const label = document.createElement("div");
    const band = document.createElement("div");
    [label.className, band.className] = ["told", "band"];
    [label.hidden, band.hidden] = [true, true];
    label.setAttribute("role", "tooltip");
    root.append(label, band);
    let from = null;

    const across = (event) => event.clientX - node.getBoundingClientRect().left;
    const time = (x) => view.low + (within(x - chart.area.left, 0, chart.area.width) / chart.area.width) * (view.high - view.low);

    function say(event) {
      const place = Math.floor((event.clientY - node.getBoundingClientRect().top - TOP) / chart.rise);
      const x = across(event);
      const at = time(x);
      const away = (shape) => Math.max(shape.start - at, at - Math.max(shape.end, shape.start + chart.pixel), 0);
      const line = chart.seen[place] ?? [];
      const nearest = line.reduce((best, shape) => (best && away(best) < away(shape) ? best : shape), null);
      const outside = x < chart.area.left - NEAR || x > chart.area.left + chart.area.width + NEAR;
      if (!nearest || outside || away(nearest) > NEAR * chart.pixel) {
        label.hidden = true;
        return;
      }
      label.replaceChildren(...words(figure.names[place], nearest).map((text, first) => {
        const line = document.createElement("p");
        line.append(first ? text : Object.assign(document.createElement("strong"), { textContent: text }));
        return line;
      }));
      label.hidden = false;
      label.style.left = `${within(x + 12, 0, root.clientWidth - label.offsetWidth)}px`;
      label.style.top = `${TOP + (place + 1) * chart.rise + 8}px`;
    }

    node.addEventListener("pointermove", (event) => {
      if (from === null || Math.abs(across(event) - from) <= NEAR) {
        if (from === null) say(event);
        return;
      }
      const [start, end] = [from, across(event)].map((x) => within(x, chart.area.left, chart.area.left + chart.area.width)).sort((a, b) => a - b);
      label.hidden = true;
      band.hidden = false;
      Object.assign(band.style, { left: `${start}px`, width: `${end - start}px`, top: `${TOP}px`, height: `${node.getBoundingClientRect().height - TOP - BOTTOM}px` });
    });
    node.addEventListener("pointerdown", (event) => {
      // A finger scrolls the page.
      if (event.button !== 0 || event.pointerType === "touch") return;
      from = across(event);
      node.setPointerCapture(event.pointerId);
      root.focus({ preventScroll: true });
      event.preventDefault();
    });
    node.addEventListener("pointerup", (event) => {
      const [start, dragged] = [from, !band.hidden];
      stop();
      if (dragged) show(view, ...[time(start), time(across(event))].sort((a, b) => a - b));
    });
    const stop = () => {
      from = null;
      band.hidden = true;
    };
    node.addEventListener("pointercancel", stop);
    node.addEventListener("pointerleave", () => { label.hidden = true; });
    // A finger does not move about to be told something.
    node.addEventListener("click", (event) => { if (event.pointerType === "touch") say(event); });
    node.addEventListener("dblclick", () => move(view, "all"));
    node.addEventListener("wheel", (event) => {
      const focused = document.activeElement === root || event.ctrlKey || event.metaKey;
      const whole = view.high - view.low >= view.longest;
      // What is seen whole can go no further: then the page is what scrolls.
      if (!focused || (whole && event.deltaY > 0)) return;
      event.preventDefault();
      label.hidden = true;
      if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
        const step = (event.deltaX / chart.area.width) * (view.high - view.low);
        show(view, view.low + step, view.high + step);
      } else {
        zoom(view, Math.exp(within(event.deltaY * (event.deltaMode ? 33 : 1), -100, 100) * 0.004), time(across(event)));
      }
    }, { passive: false });
    root.addEventListener("keydown", (event) => {
      if (event.key === "Escape") {
        stop();
        label.hidden = true;
      }
      if (event.ctrlKey || event.metaKey || event.altKey || !(event.key in KEYS)) return;
      event.preventDefault();
      label.hidden = true;
      move(view, KEYS[event.key]);
    });
    for (const button of root.parentElement.querySelectorAll("[data-zoom=fit]")) {
      button.hidden = false;
      button.addEventListener("click", () => show(view, 0, figure.wall));
    }
  }

  function words(name, { start, end, times, slices, text }) {
    const step = Math.max(1, (end - start) / 1000);
    const when = `${exactly(start, step)} to ${exactly(end, step)} (${told(end - start)})`;
    const names = ["running", "queued", "waiting"];
    const sum = times.reduce((one, other) => one + other);
    const parts = names.map((each, place) => [each, times[place]]).filter(([, time]) => time > 0);
    let did = parts.map(([each, time]) => (parts.length > 1 ? `${each} ${((time / sum) * 100).toPrecision(2)}%` : each)).join(", ");
    if (text) did = `waiting for ${text}`;
    else if (did === "queued") did = "queued: ready, while others run";
    return [name, slices > 1 ? `${did}; in ${slices.toLocaleString("en")} stretches` : did, when];
  }

  for (const section of document.querySelectorAll(".work")) {
    const charts = [...section.querySelectorAll(".chart")].map((root) => {
      const figure = JSON.parse(document.querySelector(`script[data-figure="${root.id}"]`).textContent);
      return { node: root.querySelector(".drawing"), figure, lines: read(figure) };
    });
    if (!charts.length) continue;
    const view = viewOf(section, charts);
    for (const chart of charts) {
      chart.view = view;
      listen(chart, view);
      // At once, and whenever it gets another width, as on paper.
      let width = 0;
      new ResizeObserver(([{ contentRect }]) => {
        if (contentRect.width === width) return;
        width = contentRect.width;
        draw(chart);
        performance.mark("first-chart");
      }).observe(chart.node);
    }
  }
  for (const node of document.querySelectorAll(".help")) node.hidden = !document.querySelector(".chart");
})();
