"use strict";
// Zooms all timelines of a work together, and tells what is pointed at or in focus. Nothing here reads anything from elsewhere.
(() => {
  const { within, exactly, told, read, readHolds, readHands, heights, margin, draw, words: heldWords, TOP, HELD } = globalThis.timelines;
  const SHORTEST = 1000; // nanoseconds that a view shows at the least
  const NEAR = 4; // pixels from what is pointed at
  const PAPER = 680; // pixels that fit on a page of A4 or Letter
  const views = new Map();
  let printing = false;

  const charts = [...document.querySelectorAll(".chart")].map((root) => {
    const figure = JSON.parse(document.querySelector(`script[data-figure="${root.id}"]`).textContent);
    const chart = { root, node: root.querySelector(".drawing"), figure, ...heights(figure) };
    // At once, or what is linked to would move as charts before it are drawn.
    chart.node.style.height = `${chart.height}px`;
    return chart;
  });

  function show(chart) {
    if (!chart.lines) {
      [chart.lines, chart.hands] = [read(chart.figure), readHands(chart.figure.hands)];
      [chart.holds, chart.others] = readHolds(chart.figure.holds);
      chart.view = viewOf(chart);
    }
    const focused = chart.node.contains(document.activeElement);
    draw(chart, printing ? PAPER : chart.node.clientWidth);
    rove(chart, chart.told ?? 0, focused);
    performance.mark("first-chart");
  }

  // One hold of a chart, or the first that is seen, can be reached by the tabulator; arrows reach the others.
  function rove(chart, number, focused) {
    const marks = [...chart.node.querySelectorAll(".hold")];
    const mark = marks.find(({ dataset }) => Number(dataset.hold) >= number) ?? marks.at(-1);
    mark?.setAttribute("tabindex", "0");
    if (focused) (mark ?? chart.root).focus({ preventScroll: true });
  }

  // Gives the view of a work, which all its timelines share: one moment stands below the other.
  function viewOf(chart) {
    const section = chart.root.closest(".work");
    let view = views.get(section);
    if (!view) {
      const { longest } = chart.figure;
      view = { section, left: margin(charts.filter(({ node }) => section.contains(node))), longest, low: 0, high: longest, charts: [] };
      views.set(section, view);
      for (const node of document.querySelectorAll(".help")) node.hidden = false;
      for (const node of section.querySelectorAll(".zoom")) node.hidden = false;
      for (const button of section.querySelectorAll(".zoom button")) {
        button.addEventListener("click", () => move(view, button.dataset.zoom));
      }
      tell(view);
    }
    view.charts.push(chart);
    listen(chart, view);
    return view;
  }

  function tell(view) {
    const { section, low, high, longest } = view;
    const step = (high - low) / 1000;
    section.querySelector(".zoom output").textContent = high - low < longest
      ? `${exactly(low, step)} to ${exactly(high, step)}`
      : `all ${told(longest)}`;
  }

  function look(view, low, high) {
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
      for (const chart of view.charts) if (!far.includes(chart)) show(chart);
      clearTimeout(view.later);
      view.later = setTimeout(() => far.forEach(show), 100);
    });
  }

  // Shows a time that is so many times as long; what is at `at` stays there.
  function zoom(view, times, at = (view.low + view.high) / 2) {
    const length = within((view.high - view.low) * times, SHORTEST, view.longest);
    const low = at - (at - view.low) * (length / (view.high - view.low));
    look(view, low, low + length);
  }

  function move(view, how) {
    const step = (view.high - view.low) / 4;
    if (how === "in") zoom(view, 0.5);
    else if (how === "out") zoom(view, 2);
    else if (how === "left") look(view, view.low - step, view.high - step);
    else if (how === "right") look(view, view.low + step, view.high + step);
    else look(view, 0, view.longest);
  }

  const KEYS = { "+": "in", "=": "in", "-": "out", "_": "out", 0: "all", ArrowLeft: "left", ArrowRight: "right" };

  function listen(chart, view) {
    const { root, node, figure } = chart;
    const label = document.createElement("div");
    const band = document.createElement("div");
    [label.className, band.className] = ["told", "band"];
    [label.hidden, band.hidden] = [true, true];
    label.setAttribute("role", "tooltip");
    root.append(label, band);
    let from = null;

    const across = (event) => event.clientX - node.getBoundingClientRect().left;
    const time = (x) => view.low + (within(x - chart.area.left, 0, chart.area.width) / chart.area.width) * (view.high - view.low);

    function put(lines, x, y) {
      label.replaceChildren(...lines.map((text, first) => {
        const line = document.createElement("p");
        line.append(first ? text : Object.assign(document.createElement("strong"), { textContent: text }));
        return line;
      }));
      label.hidden = false;
      label.style.left = `${within(x, 0, root.clientWidth - label.offsetWidth)}px`;
      label.style.top = `${y}px`;
    }

    // What is nearest to a place of the chart, and near enough; what is short is a few pixels wide.
    function nearest(shapes, at) {
      const away = ({ start, end }) => Math.max(start - at, at - Math.max(end, start + chart.pixel), 0);
      const found = shapes.reduce((best, shape) => (best && away(best) <= away(shape) ? best : shape), null);
      return found && away(found) <= NEAR * chart.pixel ? found : null;
    }

    function said(at, y) {
      if (figure.holds.all && y < TOP + HELD + NEAR) {
        const hold = nearest(chart.holds, at) ?? nearest(chart.others.spans, at);
        return hold && heldWords(hold);
      }
      if (y > chart.bottom) return figure.hands.all ? handed(at) : null;
      const place = Math.floor((y - chart.top) / chart.rise);
      const shape = nearest(chart.seen[place] ?? [], at);
      if (!shape) return null;
      const spans = chart.holds.flatMap((hold) => hold.spans.filter(({ line }) => line === place).map((span) => ({ ...span, hold })));
      const held = nearest(spans, at)?.hold ?? nearest(chart.others.spans.filter(({ line }) => line === place), at);
      return [...words(figure.names[place], shape), ...held ? heldWords(held).slice(0, -1) : []];
    }

    function handed(at) {
      const near = chart.hands.filter(({ start, end }) => end >= at - NEAR * chart.pixel && start <= at + NEAR * chart.pixel);
      const count = near.reduce((sum, each) => sum + each.count, 0);
      if (!count) return null;
      const [one] = near;
      const step = Math.max(1, chart.pixel);
      if (count === 1 && one.from !== undefined) return [`From ${figure.names[one.from]} to ${figure.names[one.to]}`, `control changed hands at ${exactly(one.start, step)}`];
      return [`Control changed hands ${count.toLocaleString("en")} times`, `${exactly(one.start, step)} to ${exactly(near.at(-1).end, step)}`];
    }

    function say(event) {
      const [x, y] = [across(event), event.clientY - node.getBoundingClientRect().top];
      const outside = x < chart.area.left - NEAR || x > chart.area.left + chart.area.width + NEAR;
      const lines = outside ? null : said(time(x), y);
      if (!lines) label.hidden = true;
      else put(lines, x + 12, Math.min(y, chart.bottom) + 18);
    }

    node.addEventListener("pointermove", (event) => {
      if (from === null || Math.abs(across(event) - from) <= NEAR) {
        if (from === null) say(event);
        return;
      }
      const [start, end] = [from, across(event)].map((x) => within(x, chart.area.left, chart.area.left + chart.area.width)).sort((a, b) => a - b);
      label.hidden = true;
      band.hidden = false;
      Object.assign(band.style, { left: `${start}px`, width: `${end - start}px`, top: `${TOP}px`, height: `${chart.foot - TOP}px` });
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
      if (dragged) look(view, ...[time(start), time(across(event))].sort((a, b) => a - b));
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
      const focused = root.contains(document.activeElement) || event.ctrlKey || event.metaKey;
      const whole = view.high - view.low >= view.longest;
      // What is seen whole can go no further: then the page is what scrolls.
      if (!focused || (whole && event.deltaY > 0)) return;
      event.preventDefault();
      label.hidden = true;
      if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
        const step = (event.deltaX / chart.area.width) * (view.high - view.low);
        look(view, view.low + step, view.high + step);
      } else {
        zoom(view, Math.exp(within(event.deltaY * (event.deltaMode ? 33 : 1), -100, 100) * 0.004), time(across(event)));
      }
    }, { passive: false });

    node.addEventListener("focusin", ({ target }) => {
      const hold = chart.holds[target.closest("[data-hold]")?.dataset.hold];
      if (!hold) return;
      chart.told = hold.number;
      const { left, bottom } = target.querySelector("rect").getBoundingClientRect();
      const box = root.getBoundingClientRect();
      put(heldWords(hold), left - box.left, bottom - box.top + 6);
    });
    node.addEventListener("focusout", () => { label.hidden = true; });

    // Goes to the hold before or after the one in focus; a view that it lies beyond goes along.
    function goTo(number) {
      const hold = chart.holds[number];
      if (!hold) return;
      chart.told = number;
      if (hold.end > view.low && hold.start < view.high) {
        for (const mark of node.querySelectorAll(".hold")) mark.setAttribute("tabindex", "-1");
        rove(chart, number, true);
      } else {
        const half = (view.high - view.low) / 2;
        look(view, (hold.start + hold.end) / 2 - half, (hold.start + hold.end) / 2 + half);
      }
    }

    root.addEventListener("keydown", (event) => {
      if (event.key === "Escape") {
        stop();
        label.hidden = true;
      }
      const number = Number(event.target.closest("[data-hold]")?.dataset.hold ?? -1);
      if (event.ctrlKey || event.metaKey || event.altKey || !(event.key in KEYS)) return;
      event.preventDefault();
      label.hidden = true;
      if (number >= 0 && event.key.startsWith("Arrow")) goTo(number + (event.key === "ArrowRight" ? 1 : -1));
      else move(view, KEYS[event.key]);
    });
    for (const button of root.parentElement.querySelectorAll("[data-zoom=fit]")) {
      button.hidden = false;
      button.addEventListener("click", () => look(view, 0, figure.wall));
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

  for (const chart of charts) {
    // At once, and whenever it gets another width.
    new ResizeObserver(([{ contentRect: { width } }]) => {
      if (printing || width === chart.width) return;
      chart.width = width;
      show(chart);
    }).observe(chart.node);
  }
  // On paper all charts are as wide as it is.
  matchMedia("print").addEventListener("change", (event) => {
    printing = event.matches;
    charts.forEach(show);
  });
})();
