"use strict";
const told = cell => cell.dataset.key || cell.textContent.trim();
const number = cell => Number.parseFloat(told(cell).replace(/[,+]/g, ""));
const compared = (one, other) => one.classList.contains("n")
  ? (number(one) || 0) - (number(other) || 0)
  : told(one).localeCompare(told(other), "en", { numeric: true });

function makeSortable(head, place, body) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "sort";
  button.append(...head.childNodes);
  head.append(button);
  button.addEventListener("click", () => {
    const turn = head.getAttribute("aria-sort") === "ascending" ? -1 : 1;
    for (const each of head.parentElement.cells) each.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", turn === 1 ? "ascending" : "descending");
    const rows = [...body.rows];
    rows.sort((one, other) => turn * compared(one.cells[place], other.cells[place]));
    body.append(...rows);
  });
}

const bodies = [...document.querySelectorAll(".scroll tbody")];
for (const body of bodies.filter(each => each.rows.length > 2)) {
  [...body.parentElement.tHead.rows[0].cells].forEach((head, place) => makeSortable(head, place, body));
}

const rows = bodies.flatMap(body => [...body.rows]).concat(...document.querySelectorAll(".reason"));
const search = document.createElement("input");
const count = document.createElement("output");
search.type = "search";
search.placeholder = "Search";
search.setAttribute("aria-label", "Search the tables");
search.addEventListener("input", () => {
  const words = search.value.trim().toLowerCase();
  const found = rows.filter(row => row.textContent.toLowerCase().includes(words));
  for (const row of rows) row.classList.toggle("left-out", !found.includes(row));
  if (words) for (const row of found) row.closest("details")?.setAttribute("open", "");
  count.textContent = words ? `${found.length} rows` : "";
});
document.querySelector("nav")?.append(search, count);
