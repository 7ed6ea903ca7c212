// Asks for the account's status while the page is open; an error changes nothing (rule: pages).
const banner = document.querySelector("[data-banner]");
const period = 1000 * banner.dataset.pollSeconds;

function show(status) {
  for (const note of banner.querySelectorAll("[data-statuses]")) {
    const hidden = !note.dataset.statuses.split(" ").includes(status.status);
    if (note.hidden !== hidden) note.hidden = hidden;
  }
  const known = Number.isFinite(status.progress_pct);
  const progress = banner.querySelector("progress");
  if (known) progress.value = status.progress_pct;
  else progress.removeAttribute("value");
  banner.querySelector(".percent").textContent = known ? `${Math.floor(status.progress_pct)} %` : "";
}

async function ask() {
  try {
    const signal = AbortSignal.timeout(period);
    const answer = await fetch(banner.dataset.banner, { cache: "no-store", signal });
    if (answer.ok) show(await answer.json());
  } catch {
    // The last state stays.
  }
}

setInterval(ask, period);
