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

// The banner says that older activities appear: they do, as the run gets on and once at its end.
async function renewLogs(status) {
  const now = `${status.status} ${status.progress_pct}`;
  const hasMoved = now !== last && `${last} ${now}`.includes("in_progress");
  if (!logs || !hasMoved || logs.contains(document.activeElement)) {
    last = now;
    return;
  }
  const answer = await fetch(location.href, { cache: "no-store", signal: AbortSignal.timeout(10000) });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  last = now;
  const fresh = page.querySelector("[data-logs]");
  if (!fresh || fresh.querySelectorAll("li.log").length === logs.querySelectorAll("li.log").length) return;
  logs.replaceChildren(...fresh.childNodes);
  document.dispatchEvent(new Event("logs"));
}

async function ask() {
  try {
    const signal = AbortSignal.timeout(period);
    const answer = await fetch(banner.dataset.banner, { cache: "no-store", signal });
    if (answer.ok) {
      const status = await answer.json();
      show(status);
      await renewLogs(status);
    }
  } catch {
    // The last state stays.
  }
  setTimeout(ask, period);
}

setTimeout(ask, period);
