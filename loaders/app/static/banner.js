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

const logs = document.querySelector("[data-logs]:not([data-older])");
let last = "";

// The banner says that older activities appear: they do, while the run goes on and once at its end.
async function renewLogs(status) {
  const goesOn = status === "in_progress" || last === "in_progress";
  last = status;
  if (!logs || !goesOn || logs.contains(document.activeElement)) return;
  const answer = await fetch(location.href, { cache: "no-store", signal: AbortSignal.timeout(period) });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.querySelector("[data-logs]");
  if (!fresh || fresh.querySelectorAll("li.log").length === logs.querySelectorAll("li.log").length) return;
  logs.replaceChildren(...fresh.childNodes);
  document.dispatchEvent(new Event("logs"));
}

async function ask() {
  try {
    const signal = AbortSignal.timeout(period);
    const answer = await fetch(banner.dataset.banner, { cache: "no-store", signal });
    if (!answer.ok) return;
    const status = await answer.json();
    show(status);
    await renewLogs(status.status);
  } catch {
    // The last state stays.
  }
}

setInterval(ask, period);
