/* Keeps the live parts of a page alive: asks for the page again and swaps [data-part] elements, pictures fading in.
 *
 * All words come from the server, so nothing is said twice. On a camera page the small latest.json is asked first, and
 * the page only when there is a new frame or a minute has passed. A hidden page asks nothing; errors make it patient. */
"use strict";

(() => {
  const SOON_MS = 15_000;
  const MINUTE_MS = 60_000;
  const PATIENT_MS = 300_000;
  const FADE_MS = 200;
  const latest = document.querySelector("[data-latest]")?.dataset.latest;
  let seen = null;
  let renewed = Date.now();
  let wait = latest ? SOON_MS : MINUTE_MS;
  let timer = 0;

  async function isNew() {
    if (!latest || Date.now() - renewed >= MINUTE_MS) return true;
    const answer = await fetch(latest, { cache: "no-cache" });
    if (!answer.ok) return false;
    const { sha256 } = await answer.json();
    const changed = seen !== null && seen !== sha256;
    seen = sha256;
    return changed;
  }

  async function renew() {
    const answer = await fetch(location.href, { cache: "no-cache" });
    if (!answer.ok) throw new Error(`The page answered ${answer.status}.`);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const old of document.querySelectorAll("[data-part]")) {
      const fresh = page.querySelector(`[data-part="${old.dataset.part}"]`);
      if (fresh) await swap(old, document.adoptNode(fresh));
    }
    renewed = Date.now();
  }

  async function swap(old, fresh) {
    const faded = [];
    for (const picture of old.querySelectorAll("img[data-sky]")) {
      const twin = fresh.querySelector(`img[data-sky="${picture.dataset.sky}"]`);
      if (!twin || !picture.complete || twin.getAttribute("src") === picture.getAttribute("src")) continue;
      twin.loading = "eager";
      await twin.decode().catch(() => {});
      faded.push([picture, twin]);
    }
    const focused = old.contains(document.activeElement) && document.activeElement.getAttribute("href");
    for (const [picture, twin] of faded) {
      twin.before(picture);
      picture.alt = "";
      twin.classList.add("arriving");
      setTimeout(() => picture.remove(), FADE_MS);
    }
    old.replaceWith(fresh);
    if (focused) [...fresh.querySelectorAll("a")].find((link) => link.pathname === new URL(focused, location).pathname)?.focus();
  }

  async function step() {
    const usual = latest ? SOON_MS : MINUTE_MS;
    try {
      if (await isNew()) await renew();
      wait = usual;
    } catch {
      wait = Math.min(2 * wait, PATIENT_MS);
    }
    if (!document.hidden) timer = setTimeout(step, wait);
  }

  document.addEventListener("visibilitychange", () => {
    clearTimeout(timer);
    if (!document.hidden) step();
  });
  if (!document.hidden) timer = setTimeout(step, wait);
})();
