/* The keogram of a year: pointing at a column names its night, a click opens it. Without scripts its months are links. */
"use strict";

(() => {
  const strip = document.querySelector("[data-nights]");
  if (!strip) return;
  const { nights, first, known, lang } = strip.dataset;
  const words = new Intl.DateTimeFormat(lang === "de" ? "de-DE" : "en-GB", { day: "numeric", month: "long", timeZone: "UTC" });

  const label = document.createElement("p");
  label.className = "cursor";
  label.hidden = true;
  const hand = document.createElement("span");
  hand.className = "hand";
  hand.hidden = true;
  strip.append(hand, label);

  /* The number of the night whose column is under the pointer, or of the nearest one with a page within three pixels. */
  function nightAt(event) {
    const box = strip.getBoundingClientRect();
    const column = Math.min(Math.max(Math.floor(((event.clientX - box.left) / box.width) * known.length), 0), known.length - 1);
    const reach = Math.ceil((3 / box.width) * known.length);
    for (let away = 0; away <= reach; away += 1) {
      for (const near of [column - away, column + away]) if (known[near] === "1") return near;
    }
    return null;
  }

  const dateOf = (night) => new Date(Date.parse(`${first}T00:00Z`) + night * 86_400_000);

  function show(event) {
    const night = nightAt(event);
    hand.hidden = label.hidden = night === null;
    strip.classList.toggle("seekable", night !== null);
    if (night === null) return;
    const x = Math.round(((night + 0.5) / known.length) * strip.clientWidth);
    label.textContent = words.format(dateOf(night));
    const room = label.offsetWidth + 10;
    hand.style.transform = `translateX(${x}px)`;
    label.style.transform = `translateX(${x + room > strip.clientWidth ? x - room : x + 10}px)`;
  }

  strip.addEventListener("pointermove", show);
  strip.addEventListener("pointerleave", () => { hand.hidden = label.hidden = true; });
  strip.addEventListener("click", (event) => {
    const night = nightAt(event);
    if (night === null) return;
    event.preventDefault();
    location.href = nights + dateOf(night).toISOString().slice(0, 10);
  });
})();
