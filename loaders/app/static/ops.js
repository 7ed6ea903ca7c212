// Renews the parts of the page that change, as long as a job is active (rule: pages).
const period = 1000 * document.querySelector("main").dataset.refreshSeconds;

function isTouched(input) {
  if (input.type === "checkbox") return input.checked !== input.defaultChecked;
  return input.value !== input.defaultValue;
}

// While something is typed or ticked nothing is renewed, and the page says as of when it is.
function renew(fresh) {
  if ([...document.querySelectorAll("main input")].some(isTouched)) return;
  for (const part of document.querySelectorAll("[data-live]")) {
    const next = fresh.querySelector(`[data-live="${part.dataset.live}"]`);
    if (!next || part.innerHTML === next.innerHTML || part.contains(document.activeElement)) continue;
    const unfolded = [...part.querySelectorAll("details")].map((each) => each.open);
    part.replaceChildren(...next.childNodes);
    part.querySelectorAll("details").forEach((each, index) => { each.open = unfolded[index] ?? each.open; });
    part.className = next.className;
    part.toggleAttribute("data-active", next.hasAttribute("data-active"));
  }
}

const all = document.getElementById("all");
if (all) {
  const boxes = () => [...document.querySelectorAll("[name^='account.']")];
  all.parentElement.hidden = false;
  document.addEventListener("change", ({ target }) => {
    if (target === all) for (const box of boxes()) box.checked = all.checked;
    else all.checked = boxes().every((box) => box.checked);
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
