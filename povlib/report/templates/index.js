"use strict";
// Makes the table searchable. Without it the table is whole and in order of group and code.
const find = (id) => document.getElementById(id);
const table = find("areas"), body = table.tBodies[0];
const rows = [...body.querySelectorAll("tr[data-search]")];
const marks = [...document.querySelectorAll("#map [data-code]")];
const fields = { q: find("query"), class: find("class"), status: find("status"), sort: find("order") };
const letters = new Intl.Collator(document.documentElement.lang);
const written = (count) => count.toLocaleString(document.documentElement.lang);
let descends = false;

// As the search words of the rows were made: small letters, no diacritics.
const plain = (text) => text.toLowerCase().replace(/đ/g, "d").normalize("NFD")
  .replace(/\p{M}/gu, "").replace(/\s+/g, " ").trim();

const value = (row, key) => {
  const text = row.dataset.values.split(",")[key];
  return text ? Number(text) : null;
};

function compare(one, other, key) {
  if (key === "") return 0;
  const turn = descends ? -1 : 1;
  if (key === "name") return turn * letters.compare(one.dataset.name, other.dataset.name);
  const [a, b] = [value(one, key), value(other, key)];
  if (a === null || b === null) return (a === null) - (b === null);
  return turn * (a - b);
}

function fits(row, wanted) {
  return wanted.words.every((word) => row.dataset.search.includes(word))
    && (!wanted.class || row.dataset.classes.split(" ").includes(wanted.class))
    && (!wanted.status || row.dataset.status === wanted.status);
}

function show() {
  const chosen = (name) => fields[name] ? fields[name].value : "";
  const wanted = { words: plain(chosen("q")).split(" "), class: chosen("class"), status: chosen("status") };
  const shown = new Set();
  for (const row of rows) {
    row.hidden = !fits(row, wanted);
    if (!row.hidden) shown.add(row.id);
  }
  body.append(...[...rows].sort((one, other) => compare(one, other, chosen("sort"))));
  for (const mark of marks) mark.classList.toggle("out", !shown.has("area-" + mark.dataset.code));
  for (const head of table.tHead.querySelectorAll("[data-sort]")) {
    if (head.dataset.sort === chosen("sort")) head.ariaSort = descends ? "descending" : "ascending";
    else head.removeAttribute("aria-sort");
  }
  document.body.classList.toggle("narrowed", shown.size < rows.length);
  find("count").textContent = find("count").dataset.text
    .replace("{shown}", written(shown.size)).replace("{all}", written(rows.length));
  remember(chosen);
}

// In the address, so that a list can be sent on, and is there again on the way back from a report.
function remember(chosen) {
  const kept = new URLSearchParams();
  for (const name of Object.keys(fields)) if (chosen(name)) kept.set(name, chosen(name));
  if (descends) kept.set("down", "1");
  history.replaceState(null, "", kept.size ? "#" + kept : location.pathname + location.search);
  for (const link of document.querySelectorAll(".translations a")) link.hash = String(kept);
}

function recall() {
  const kept = new URLSearchParams(location.hash.slice(1));
  for (const [name, field] of Object.entries(fields)) if (field) field.value = kept.get(name) || "";
  descends = kept.has("down");
  show();
}

for (const head of table.tHead.querySelectorAll("[data-sort]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.append(...head.childNodes);
  head.append(button);
  button.addEventListener("click", () => {
    descends = fields.sort.value === head.dataset.sort && !descends;
    fields.sort.value = head.dataset.sort;
    show();
  });
}
fields.q.addEventListener("input", show);
for (const name of ["class", "status"]) if (fields[name]) fields[name].addEventListener("change", show);
fields.sort.addEventListener("change", () => { descends = false; show(); });
find("reset").addEventListener("click", () => {
  for (const field of Object.values(fields)) if (field) field.value = "";
  descends = false;
  show();
  fields.q.focus();
});
for (const mark of marks) mark.addEventListener("click", () => {
  const row = find("area-" + mark.dataset.code);
  row.scrollIntoView({ block: "center" });
  const link = row.querySelector("a");
  if (link) link.focus({ preventScroll: true });
});
document.querySelector(".search").hidden = false;
document.body.classList.add("live");
addEventListener("hashchange", recall);
recall();
