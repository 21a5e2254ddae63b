/* Choosing among the cameras at once: the server does the same with the same query, for those without scripts.
 *
 * The address keeps what is chosen, so that it can be sent to others, and live.js renews the page with it. */
"use strict";

(() => {
  const form = document.querySelector("[data-chooser]");
  if (!form) return;
  const STANDARD = { sort: "number", view: "discs" };
  const listed = (text, one) => text.split(" ").includes(one);
  const text = (name) => (one, other) => one.dataset[name].localeCompare(other.dataset[name]);
  const largest = (name) => (one, other) => Number(other.dataset[name]) - Number(one.dataset[name]);
  const ORDER = { number: text("number"), name: text("name"), darkest: largest("darkest"), newest: largest("newest") };

  const wanted = () => Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, value.trim()]));

  function fits({ dataset }, { q = "", state = "", country = "", sensor = "" }) {
    return (
      dataset.words.includes(q.toLowerCase()) &&
      (!state || listed(dataset.state, state)) &&
      (!country || dataset.country === country) &&
      (!sensor || listed(dataset.sensor, sensor))
    );
  }

  function show() {
    const wish = wanted();
    const list = document.querySelector("[data-discs]");
    const cameras = [...list.children];
    for (const camera of cameras) camera.hidden = !fits(camera, wish);
    list.append(...cameras.sort((one, other) => ORDER[wish.sort](one, other) || ORDER.number(one, other)));
    list.className = `discs as-${wish.view}`;
    document.querySelector("[data-none]").hidden = cameras.some((one) => !one.hidden);
    const overview = document.querySelector("[data-overview]");
    overview.className = overview.className.replace(/view-\w+/, `view-${wish.view}`);
    placeMap(wish.view === "map" ? "map" : "below");
    remember(wish);
  }

  /* On the home page the map stands below everything, or above the list when it is what is asked for. */
  function placeMap(name) {
    const where = document.querySelector("[data-where]");
    const place = document.querySelector(`[data-map-place="${name}"]`);
    if (!where || !place || place.nextElementSibling === where) return;
    place.after(where);
    window.dispatchEvent(new Event("resize")); // the map looks how wide it is now
  }

  function remember(wish) {
    const query = new URLSearchParams(Object.entries(wish).filter(([name, value]) => value && value !== STANDARD[name]));
    history.replaceState(null, "", query.size ? `?${query}` : location.pathname);
    for (const link of document.querySelectorAll("header a[hreflang], footer a[hreflang]")) link.search = query;
    for (const link of document.querySelectorAll('a[href*="theme="]')) {
      const theme = new URLSearchParams(link.search).get("theme");
      link.search = new URLSearchParams([...query, ["theme", theme]]);
    }
  }

  form.querySelector("[data-needless]").hidden = true;
  form.addEventListener("input", show);
  form.addEventListener("submit", (sent) => {
    sent.preventDefault();
    show();
  });
})();
