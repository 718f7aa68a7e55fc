// Searches, filters, sorts and pages the table of packages. Rows are the arrays of data/table.js; only the rows of one
// page are ever in the document, so that a list of any length answers at once. Texts are set as text, never as HTML.
"use strict";
(() => {
  const rows = window.UNGIL_TABLE;
  const PAGE = 100;
  const [NAME, VERSION, VERDICT, SAFETY, SCORE, SHIPS, HIGH, MEDIUM, LOW, NEEDED, DOWNLOADS, GENERATORS, SLUG] =
    [...Array(13).keys()];
  const hazards = (row) => row[HIGH] * 1e8 + row[MEDIUM] * 1e4 + row[LOW];
  const rank = ["needs-gil", "unavailable", "unknown", "build-required", "ready", "pure-python"];
  const keys = {
    name: null,
    version: (row) => row[VERSION] ?? "",
    verdict: (row) => rank.indexOf(row[VERDICT]),
    score: (row) => row[SCORE] ?? -1,
    hazards,
    needed: (row) => row[NEEDED],
    downloads: (row) => row[DOWNLOADS] ?? -1,
    generators: (row) => row[GENERATORS],
  };
  const largestFirst = new Set(["score", "hazards", "needed", "downloads"]);
  const texts = rows.map((row) => (row[NAME] + " " + row[GENERATORS]).toLowerCase());
  // Rows come sorted by name, so places are an order by name and a stable sort keeps it among equals.
  const places = rows.map((_, place) => place);
  const at = (id) => document.getElementById(id);
  const fields = ["q", "verdict", "safety", "ships"];
  const state = { q: "", verdict: "", safety: "", ships: "", sort: "name", page: 1 };

  const read = () => {
    const given = new URLSearchParams(location.search);
    for (const field of fields) state[field] = given.get(field) ?? "";
    const sort = given.get("sort") ?? "name";
    state.sort = Object.hasOwn(keys, sort.replace(/^-/, "")) ? sort : "name";
    state.page = Math.max(1, Number.parseInt(given.get("page") ?? "1", 10) || 1);
    for (const field of fields) at(field).value = state[field];
  };
  const write = () => {
    const out = new URLSearchParams();
    for (const field of fields) if (state[field]) out.set(field, state[field]);
    if (state.sort !== "name") out.set("sort", state.sort);
    if (state.page > 1) out.set("page", state.page);
    const query = out.toString();
    try {
      history.replaceState(null, "", query ? "?" + query : location.pathname);
    } catch {
      // Some browsers forbid it for pages that lie on a disk; the table works all the same.
    }
  };
  const orders = new Map();
  const order = (sort) => {
    if (!orders.has(sort)) {
      const key = keys[sort.replace(/^-/, "")];
      let sorted = places;
      if (key) {
        const of = rows.map(key);
        sorted = [...places].sort((a, b) => (of[a] < of[b] ? -1 : of[a] > of[b] ? 1 : 0));
      }
      if (sort.startsWith("-")) {
        const key = keys[sort.slice(1)];
        const of = key ? rows.map(key) : places;
        sorted = [...places].sort((a, b) => (of[a] > of[b] ? -1 : of[a] < of[b] ? 1 : 0));
      }
      orders.set(sort, sorted);
    }
    return orders.get(sort);
  };
  const found = () => {
    const words = state.q.toLowerCase().split(/\s+/).filter(Boolean);
    return order(state.sort).filter((place) => {
      const row = rows[place];
      return (
        (!state.verdict || (row[VERDICT] ?? "none") === state.verdict) &&
        (!state.safety || row[SAFETY] === state.safety) &&
        (!state.ships || (state.ships === "yes") === row[SHIPS]) &&
        words.every((word) => texts[place].includes(word))
      );
    });
  };
  const cell = (tag, text, name) => {
    const made = document.createElement(tag);
    made.textContent = text;
    if (name) made.className = name;
    return made;
  };
  const line = (row) => {
    const tr = document.createElement("tr");
    const link = cell("a", row[NAME]);
    link.href = "p/" + encodeURIComponent(row[SLUG] ?? row[NAME]) + ".html";
    const name = cell("th", "");
    name.scope = "row";
    name.append(link);
    const verdict = cell("td", "");
    verdict.append(cell("span", row[VERDICT] ?? "not looked at", "verdict v-" + (row[VERDICT] ?? "none")));
    const dash = (value) => (value === null || value === undefined ? "–" : value.toLocaleString("en"));
    const seen = { clean: "none seen", unseen: "sources not seen" }[row[SAFETY]] ?? "–";
    const some = row[HIGH] + row[MEDIUM] + row[LOW] > 0;
    tr.append(
      name,
      cell("td", row[VERSION] ?? "–"),
      verdict,
      cell("td", dash(row[SCORE]), "num"),
      cell("td", some ? `${row[HIGH]} high, ${row[MEDIUM]} medium, ${row[LOW]} low` : seen),
      cell("td", dash(row[NEEDED]), "num"),
      cell("td", dash(row[DOWNLOADS]), "num"),
      cell("td", row[GENERATORS]),
    );
    return tr;
  };
  const show = () => {
    const hits = found();
    const pages = Math.max(1, Math.ceil(hits.length / PAGE));
    state.page = Math.min(state.page, pages);
    const start = (state.page - 1) * PAGE;
    const body = document.querySelector("#packages tbody");
    body.replaceChildren(...hits.slice(start, start + PAGE).map((place) => line(rows[place])));
    const number = (n) => n.toLocaleString("en");
    at("status").textContent = `${number(hits.length)} of ${number(rows.length)} packages`;
    at("page").textContent = `Page ${number(state.page)} of ${number(pages)}`;
    document.querySelector(".pages").hidden = pages === 1;
    at("previous").disabled = state.page <= 1;
    at("next").disabled = state.page >= pages;
    for (const th of document.querySelectorAll("#packages thead th")) {
      const sorted = state.sort.replace(/^-/, "") === th.dataset.key;
      if (sorted) th.setAttribute("aria-sort", state.sort.startsWith("-") ? "descending" : "ascending");
      else th.removeAttribute("aria-sort");
    }
    write();
  };

  at("table").hidden = false;
  read();
  show();
  for (const field of fields) {
    at(field).addEventListener("input", () => {
      state[field] = at(field).value;
      state.page = 1;
      show();
    });
  }
  at("filters").addEventListener("submit", (event) => event.preventDefault());
  for (const th of document.querySelectorAll("#packages thead th")) {
    th.querySelector("button").addEventListener("click", () => {
      const key = th.dataset.key;
      const first = largestFirst.has(key) ? "-" + key : key;
      const other = largestFirst.has(key) ? key : "-" + key;
      state.sort = state.sort === first ? other : first;
      state.page = 1;
      show();
    });
  }
  const turn = (by) => () => {
    state.page += by;
    show();
    document.getElementById("status").scrollIntoView();
  };
  at("previous").addEventListener("click", turn(-1));
  at("next").addEventListener("click", turn(1));
  window.addEventListener("popstate", () => {
    read();
    show();
  });
  document.addEventListener("keydown", (event) => {
    const typing = ["INPUT", "SELECT", "TEXTAREA"].includes(document.activeElement?.tagName);
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      at("q").focus();
    }
  });
})();
