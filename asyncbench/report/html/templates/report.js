"use strict";
// Tells what is pointed at or in focus, and sorts tables. Nothing here reads anything from elsewhere.
(() => {
  const label = document.createElement("p");
  label.className = "told";
  label.setAttribute("role", "tooltip");
  const hide = () => { label.hidden = true; };
  hide();
  document.body.append(label);

  // What a mark says stands in its title, which a browser shows late and to the pointer alone.
  function tell(mark) {
    const title = mark.querySelector(":scope > title");
    if (title) {
      mark.setAttribute("aria-label", title.textContent);
      title.remove();
    }
    label.textContent = mark.getAttribute("aria-label");
    label.hidden = false;
    const [its, own] = [mark.getBoundingClientRect(), label.getBoundingClientRect()];
    const above = its.top - own.height - 6;
    label.style.left = `${Math.max(4, Math.min(its.left + its.width / 2 - own.width / 2, innerWidth - own.width - 4))}px`;
    label.style.top = `${above < 4 ? its.bottom + 6 : above}px`;
  }

  const marked = (node) => node.closest?.(".track circle") ?? node.closest?.(".track")?.querySelector("[tabindex='0']");
  function follow(node) {
    const mark = marked(node);
    if (mark) tell(mark);
    else hide();
  }
  for (const kind of ["pointerover", "focusin"]) document.addEventListener(kind, ({ target }) => follow(target));
  // The page scrolls to what comes into focus.
  addEventListener("scroll", () => follow(document.activeElement), { passive: true });
  // The points of a line are too many to go through with the tabulator.
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") hide();
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const mark = event.target.closest(".track g[tabindex]");
    if (!step || !mark) return;
    const points = [...mark.querySelectorAll("circle")].sort((one, other) => one.cx.baseVal.value - other.cx.baseVal.value);
    const next = points.at((points.indexOf(event.target) + (step < 0 && event.target === mark ? 0 : step)) % points.length);
    if (!next) return;
    event.preventDefault();
    next.setAttribute("tabindex", "-1");
    next.setAttribute("role", "img");
    next.focus({ preventScroll: true });
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
