// The little that htmx does not do: the theme switch, times in the reader's zone, and word of a lost connection.
"use strict";

(() => {
  const root = document.documentElement;
  const NARROW = "\u202f";

  // --- light and dark: Tabler's own script reads what is remembered here before the page is painted ------------

  const isDark = () => root.getAttribute("data-bs-theme") === "dark";

  function switchTheme() {
    const theme = isDark() ? "light" : "dark";
    try { localStorage.setItem("tabler-theme", theme); } catch { /* private window: it lasts for this page */ }
    if (theme === "dark") root.setAttribute("data-bs-theme", "dark");
    else root.removeAttribute("data-bs-theme");
  }

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-theme-switch]")) switchTheme();
  });

  // --- times: the server writes them once, here they grow older -------------------------------------------------

  const skew = Date.parse(root.dataset.now) - Date.now(); // this computer's clock may be wrong

  function span(ms) {
    const seconds = Math.max(0, Math.floor(ms / 1000));
    const days = Math.floor(seconds / 86400);
    const hours = Math.floor(seconds / 3600) % 24;
    const minutes = Math.floor(seconds / 60) % 60;
    if (days) return `${days}${NARROW}d ${hours}${NARROW}h`;
    if (hours) return `${hours}${NARROW}h ${String(minutes).padStart(2, "0")}${NARROW}min`;
    return minutes ? `${minutes}${NARROW}min` : `${seconds}${NARROW}s`;
  }

  function tickTimes() {
    for (const time of document.querySelectorAll("time[data-span]")) {
      const at = Date.parse(time.dateTime);
      const text = span(Date.now() + skew - at);
      if (time.textContent !== text) time.textContent = text;
      const title = new Date(at).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });
      if (time.title !== title) time.title = title;
    }
  }

  // --- the stream: say when it is lost, bring it back when it is dead -------------------------------------------

  const SILENCE_MS = 40_000; // the server gives a sign of life every 15 s
  const NOTICE_MS = 1_500; // a short gap is not worth a word
  let heardAt = Date.now();
  let connection = null;
  let notice = 0;

  function setLost(lost) {
    clearTimeout(notice);
    const banner = document.getElementById("connection");
    if (!banner) return;
    if (lost) notice = setTimeout(() => { banner.hidden = false; }, NOTICE_MS);
    else banner.hidden = true;
  }

  function heard() {
    heardAt = Date.now();
    setLost(false);
  }

  document.addEventListener("htmx:sse:after:connection", (event) => {
    connection = event.detail.connection;
    heard();
  });
  document.addEventListener("htmx:sse:before:message", heard);
  document.addEventListener("htmx:sse:before:connection", (event) => {
    if (event.detail.connection.attempt > 0) setLost(true);
  });
  document.addEventListener("htmx:sse:error", (event) => {
    if (event.detail.status === 401) location.reload(); // the session has ended: the server shows the login
    setLost(true);
  });
  // The extension reconnects a stream that was open; a first connection that fails is begun again here.
  document.addEventListener("htmx:error", retryFirst);
  document.addEventListener("htmx:response:error", retryFirst);

  function retryFirst(event) {
    const source = event.detail.ctx?.sourceElement ?? event.target;
    if (source?.id !== "live") return;
    if (event.detail.ctx?.response?.status === 401) { location.reload(); return; }
    setLost(true);
    setTimeout(() => htmx.trigger("#live", "reconnect"), 2_000);
  }

  function reviveSilent() {
    if (document.hidden || Date.now() - heardAt < SILENCE_MS) return;
    heardAt = Date.now();
    connection?.reader?.cancel();
  }

  document.addEventListener("DOMContentLoaded", tickTimes);
  document.addEventListener("htmx:after:swap", tickTimes);
  setInterval(() => { tickTimes(); reviveSilent(); }, 1_000);
})();
