// Renews the parts of the page that change, as long as a job is active (rule: pages).
const period = 1000 * document.querySelector("main").dataset.refreshSeconds;

function renew(fresh) {
  for (const part of document.querySelectorAll("[data-live]")) {
    const next = fresh.querySelector(`[data-live="${part.dataset.live}"]`);
    if (!next || part.innerHTML === next.innerHTML || part.contains(document.activeElement) || part.querySelector(":checked")) continue;
    part.replaceChildren(...next.childNodes);
    part.className = next.className;
    part.toggleAttribute("data-active", next.hasAttribute("data-active"));
  }
}

const all = document.getElementById("all");
if (all) {
  all.parentElement.hidden = false;
  all.addEventListener("change", () => {
    for (const box of document.querySelectorAll("[name^='account.']")) box.checked = all.checked;
  });
}

async function refresh() {
  if (document.querySelector("[data-active]")) {
    try {
      const answer = await fetch(location.pathname + location.search, { cache: "no-store", signal: AbortSignal.timeout(10000) });
      if (answer.ok) renew(new DOMParser().parseFromString(await answer.text(), "text/html"));
    } catch {
      // The last state stays; the next try comes.
    }
  }
  setTimeout(refresh, period);
}

setTimeout(refresh, period);
