"use strict";
// Draws the charts in the page's colours, and sorts tables. Nothing here reads anything from elsewhere.
(() => {
  const NARROW = 620;
  const PAPER = 680; // what fits on a page of A4 or Letter
  // A script before this one may know kinds of charts: what there is to draw of one, in a width.
  const kinds = globalThis.chartKinds ?? {};
  const charts = [...document.querySelectorAll(".chart")].map((node) => {
    const chart = {
      node: node.querySelector(".drawing"),
      figure: JSON.parse(document.querySelector(`script[data-figure="${node.id}"]`).textContent),
      kind: kinds[node.dataset.kind],
      draw: () => draw(chart),
      drawn: false,
    };
    return chart;
  });
  const scheme = matchMedia("(prefers-color-scheme: dark)");
  let printing = false;

  // A colour in a figure is the name of a variable in the style sheet.
  function coloured(value, key, style) {
    if (Array.isArray(value)) return value.map((each) => coloured(each, key, style));
    if (value && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, coloured(each, name, style)]));
    }
    const isColour = typeof value === "string" && /color$/i.test(key) && value.startsWith("--");
    return isColour ? style.getPropertyValue(value).trim() : value;
  }

  const base = (axis, text) => ({
    gridcolor: "--line", linecolor: "--line", zeroline: false, fixedrange: true, ...axis,
    tickfont: { color: "--ink" }, title: { text, font: { color: "--ink", size: 13 }, standoff: 12 },
  });

  // Panels of costs stand side by side where there is room, else in two columns.
  function panelled(figure, width) {
    const columns = width < NARROW ? 2 : figure.panels.length;
    const lines = Math.ceil(figure.panels.length / columns);
    const gap = width < NARROW ? 0.06 : 0.03;
    const rise = 0.12;
    const tall = (1 - rise * (lines - 1)) / lines;
    const broad = (1 - gap * (columns - 1)) / columns;
    const layout = { height: lines * figure.layout.height, annotations: [] };
    figure.panels.forEach((panel, place) => {
      const suffix = place ? String(place + 1) : "";
      const column = place % columns;
      const line = Math.floor(place / columns);
      const left = column * (broad + gap);
      const top = 1 - line * (tall + rise);
      layout["xaxis" + suffix] = base({
        anchor: "y" + suffix, domain: [left, left + broad], side: "top", showgrid: false, showticklabels: false,
        range: [0, (panel.most || 1) * (broad * width < 220 ? 2 : 1.5)],
      }, panel.title);
      layout["yaxis" + suffix] = base({
        ...figure.layout.yaxis, anchor: "x" + suffix, domain: [top - tall, top], showgrid: false,
        showticklabels: column === 0, automargin: column === 0, ticks: "",
      });
      for (const note of panel.notes) {
        layout.annotations.push({
          ...note, xref: "x" + suffix, yref: "y" + suffix, xanchor: "left", showarrow: false,
          font: { color: "--ink", size: 12 }, xshift: 2,
        });
      }
    });
    return layout;
  }

  function draw(chart) {
    const { node } = chart;
    const style = getComputedStyle(document.documentElement);
    const width = printing ? PAPER : node.clientWidth;
    const figure = chart.kind ? chart.kind(chart, width, charts) : chart.figure;
    const own = figure.panels
      ? panelled(figure, width)
      : { xaxis: base(figure.layout.xaxis, figure.layout.xaxis.title.text), yaxis: base({ showgrid: false, automargin: true, ticks: "", ...figure.layout.yaxis }) };
    const layout = {
      ...figure.layout, ...own, width, showlegend: false, dragmode: false,
      paper_bgcolor: "--page", plot_bgcolor: "--page", bargap: 0.35,
      font: { family: getComputedStyle(document.body).fontFamily, size: 13, color: "--ink" },
      margin: { l: 8, r: 16, t: figure.panels ? 34 : 8, b: figure.panels ? 8 : 56, ...figure.layout.margin },
      hoverlabel: { bgcolor: "--card", bordercolor: "--line", font: { color: "--ink" } },
    };
    node.style.height = layout.height + "px";
    Plotly.react(node, coloured(figure.data, "", style), coloured(layout, "", style), { displayModeBar: false, ...figure.config });
    if (!chart.drawn && chart === charts[0]) performance.mark("first-chart");
    chart.drawn = true;
  }

  function redraw(all) {
    for (const chart of charts) if (all || chart.drawn) draw(chart);
  }

  // The first at once; the others as they come near, so that a long report opens as fast.
  if (charts.length) draw(charts[0]);
  const near = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      const chart = charts.find((each) => each.node === entry.target);
      if (entry.isIntersecting && !chart.drawn) draw(chart);
    }
  }, { rootMargin: "1000px" });
  for (const chart of charts) near.observe(chart.node);

  let width = document.documentElement.clientWidth;
  let waiting = 0;
  addEventListener("resize", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      if (printing || width === document.documentElement.clientWidth) return;
      width = document.documentElement.clientWidth;
      redraw(false);
    }, 100);
  });
  scheme.addEventListener("change", () => redraw(false));
  // On paper all charts are drawn, in the colours that print has.
  matchMedia("print").addEventListener("change", (event) => {
    printing = event.matches;
    redraw(printing);
  });

  // Sorting: by the key of a field, and what has none last; numbers as numbers.
  function sort(table, heading, column) {
    const down = heading.getAttribute("aria-sort") === "ascending";
    const body = table.tBodies[0];
    const key = (row) => row.cells[column].dataset.key ?? "";
    const rows = [...body.rows].sort((a, b) => {
      const [mine, its] = [key(a), key(b)];
      if (!mine || !its) return mine ? -1 : its ? 1 : 0;
      const order = isNaN(mine) || isNaN(its) ? mine.localeCompare(its) : mine - its;
      return down ? -order : order;
    });
    body.append(...rows);
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", down ? "descending" : "ascending");
  }
  for (const table of document.querySelectorAll("table[data-sortable]")) {
    [...table.tHead.rows[0].cells].forEach((heading, column) => {
      heading.querySelector("button").addEventListener("click", () => sort(table, heading, column));
    });
  }
})();
