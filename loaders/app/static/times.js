// Writes the times of activities in the viewer's own zone; without this they are UTC (rule: pages).
function localise() {
  for (const at of document.querySelectorAll("time.at")) {
    const moment = new Date(at.dateTime);
    if (Number.isNaN(moment.getTime())) continue;
    const clock = moment.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    const day = at.closest(".day").querySelector("h2 time").dateTime;
    const local = `${moment.getFullYear()}-${String(moment.getMonth() + 1).padStart(2, "0")}-${String(moment.getDate()).padStart(2, "0")}`;
    at.textContent = local === day ? clock : `${clock}\n${moment.toLocaleDateString([], { day: "numeric", month: "short" })}`;
  }
}

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
document.querySelector(".foot p").textContent = `Days are UTC; times are of your zone, ${zone}.`;
localise();
document.addEventListener("logs", localise);
