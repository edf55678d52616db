// What can be done on the page: pictures, search, filter, sort, a column's page, copying a query.
"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];
  const make = (name, className, text) => {
    const element = document.createElement(name);
    if (className) element.className = className;
    if (text !== undefined) element.textContent = text;
    return element;
  };
  document.documentElement.classList.add("scripted");

  // Pictures of findings: drawn when they come near the screen, and again where their width changes.
  const pictureOf = (figure) => data.findings[+figure.dataset.finding][+figure.dataset.picture];
  const figures = all("figure[data-finding]"), drawn = new Set();
  const drawOne = (figure) => { drawn.add(figure); drawings.draw(figure, pictureOf(figure)); };
  const near = new IntersectionObserver((entries) => {
    for (const entry of entries) if (entry.isIntersecting) { near.unobserve(entry.target); drawOne(entry.target); }
  }, {rootMargin: "600px"});
  figures.forEach((figure) => near.observe(figure));
  let drawnAt = innerWidth;
  addEventListener("resize", () => { if (innerWidth !== drawnAt) { drawnAt = innerWidth; drawn.forEach(drawOne); } });
  addEventListener("beforeprint", () => figures.filter((figure) => !drawn.has(figure)).forEach(drawOne));

  // A column's page.
  const dialog = document.getElementById("column");
  let opener = null;
  function openColumn(row) {
    const column = data.columns[row.id];
    if (!column) return;
    opener = document.activeElement;
    dialog.querySelector("h2").textContent = row.dataset.place;
    dialog.querySelector(".facts-line").textContent = row.dataset.facts;
    const why = dialog.querySelector(".why-line");
    why.textContent = row.dataset.why;
    why.hidden = !row.dataset.why;
    const pictures = dialog.querySelector(".pictures"), list = dialog.querySelector("dl");
    pictures.replaceChildren();
    list.replaceChildren(...column.figures.flatMap(([name, text]) => [make("dt", "", name), make("dd", "", text)]));
    dialog.showModal();
    for (const picture of column.pictures) {
      const figure = make("figure", "picture");
      figure.append(make("figcaption", "", picture.says));
      pictures.append(figure);
      drawings.draw(figure, picture);
    }
    dialog.scrollTop = 0;
    if (location.hash !== `#${row.id}`) history.replaceState(null, "", `#${row.id}`);
  }
  dialog.querySelector("button").addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  dialog.addEventListener("close", () => opener?.focus());
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-column]");
    if (!link) return;
    event.preventDefault();
    openColumn(document.getElementById(link.dataset.column));
  });

  // Links to a table or column open what hides it.
  function reveal() {
    const target = location.hash.length > 1 ? document.getElementById(decodeURIComponent(location.hash.slice(1))) : null;
    if (!target) return;
    for (let parent = target; parent; parent = parent.parentElement) if (parent.tagName === "DETAILS") parent.open = true;
    target.hidden = false;
    target.scrollIntoView({block: "center"});
  }
  addEventListener("hashchange", reveal);

  // Search and filter over tables and columns.
  const search = document.getElementById("search"), filter = document.getElementById("filter"), found = document.getElementById("found");
  const tables = all("details.table").map((element) => ({
    element, open: element.open, text: element.dataset.search,
    state: element.dataset.state.split(" "),
    rows: all("tbody tr[id]", element).map((row) => ({row, why: row.nextElementSibling?.classList.contains("why") ? row.nextElementSibling : null,
      text: row.dataset.place.toLowerCase(), state: row.dataset.state.split(" ")})),
  }));
  const others = document.getElementById("others");
  const MOST = 200;
  function apply() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean), wanted = filter.value;
    const fits = (text, state) => words.every((word) => text.includes(word)) && (wanted === "" || state.includes(wanted));
    const looking = words.length > 0 || wanted !== "";
    let columns = 0, shown = 0;
    for (const table of tables) {
      let own = 0;
      for (const {row, why, text, state} of table.rows) {
        const fit = fits(text, state);
        row.hidden = !fit;
        if (why) why.hidden = !fit;
        own += fit;
      }
      const fit = own > 0 || fits(table.text, table.state);
      if (own === 0 && fit) for (const {row, why} of table.rows) { row.hidden = false; if (why) why.hidden = false; }
      table.element.hidden = !fit;
      table.element.open = looking ? own > 0 || table.open : table.open;
      columns += own;
      shown += fit;
    }
    let more = 0;
    if (others) {
      const rows = looking && wanted === "" ? data.others.filter(([place]) => words.every((word) => place.toLowerCase().includes(word))) : [];
      more = rows.length;
      others.querySelector("tbody").replaceChildren(...rows.slice(0, MOST).map((cells) => {
        const row = make("tr");
        row.append(...cells.map((cell, at) => make(at ? "td" : "th", "", cell)));
        return row;
      }));
      others.hidden = more === 0;
      others.querySelector("p").textContent = more > MOST ? `The first ${MOST} of ${more.toLocaleString("en")} columns without a history on this page` : "Columns without a history on this page";
    }
    all(".stage").forEach((heading) => {
      let next = heading.nextElementSibling, any = false;
      for (; next && !next.classList.contains("stage"); next = next.nextElementSibling) any ||= next.matches("details.table") && !next.hidden;
      heading.hidden = !any;
    });
    found.textContent = looking ? `${(columns + more).toLocaleString("en")} columns, ${shown.toLocaleString("en")} tables` : "";
  }
  let waiting = 0;
  const applyNow = () => { clearTimeout(waiting); waiting = 0; apply(); };
  search.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(applyNow, 60); });
  filter.addEventListener("change", apply);

  // Sort the columns of a table by a heading.
  document.addEventListener("click", (event) => {
    const button = event.target.closest("th button");
    if (!button) return;
    const heading = button.parentElement, body = heading.closest("table").tBodies[0], at = heading.cellIndex;
    const descending = heading.getAttribute("aria-sort") === "ascending";
    const key = (row) => { const text = row.cells[at].dataset.sort ?? row.cells[at].textContent.trim(), number = parseFloat(text); return text !== "" && Number.isFinite(number) && row.cells[at].dataset.sort !== undefined ? number : text.toLowerCase(); };
    const rows = all("tr[id]", body).map((row) => ({row, why: row.nextElementSibling?.classList.contains("why") ? row.nextElementSibling : null, key: key(row)}));
    const compare = (a, b) => (typeof a.key === typeof b.key ? (a.key < b.key ? -1 : a.key > b.key ? 1 : 0) : typeof a.key === "number" ? -1 : 1);
    rows.sort((a, b) => (descending ? -1 : 1) * compare(a, b));
    body.append(...rows.flatMap(({row, why}) => (why ? [row, why] : [row])));
    all("th[aria-sort]", heading.parentElement).forEach((other) => other.removeAttribute("aria-sort"));
    heading.setAttribute("aria-sort", descending ? "descending" : "ascending");
  });

  // Keys: / searches, arrows walk over the columns that are shown, Enter opens the one with the focus.
  document.addEventListener("keydown", (event) => {
    const typing = event.target.matches("input, select, textarea");
    if (event.key === "/" && !typing && !dialog.open) { event.preventDefault(); search.focus(); search.select(); return; }
    if (event.key === "Escape" && event.target === search) { search.value = ""; applyNow(); return; }
    if (dialog.open || (event.key !== "ArrowDown" && event.key !== "ArrowUp")) return;
    if (event.target !== search && !event.target.matches("a[data-column]")) return;
    if (waiting) applyNow();  // whoever types fast walks over what was found, not over what stood there before
    const links = all("details.table[open]:not([hidden]) tr:not([hidden]) a[data-column]");
    const at = links.indexOf(event.target) + (event.key === "ArrowDown" ? 1 : -1);
    event.preventDefault();
    (at < 0 ? search : links[Math.min(at, links.length - 1)])?.focus();
  });

  // Copy a query.
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button.copy");
    if (!button) return;
    const text = button.parentElement.querySelector("code").textContent;
    try { await navigator.clipboard.writeText(text); } catch {
      const area = make("textarea", "", text);
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
    button.textContent = "copied";
    setTimeout(() => { button.textContent = "copy"; }, 1500);
  });
  addEventListener("beforeprint", () => all("details.finding-more").forEach((one) => { one.open = true; }));
  reveal();
})();
