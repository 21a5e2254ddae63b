/* One cursor through the ribbon, the charts and the video of a night: pointing shows the time, a click jumps the video,
 * and while the video plays the cursor moves along. */
"use strict";

(() => {
  const timeline = document.querySelector(".timeline[data-start]");
  if (!timeline) return;
  const { start, end, zone, lang, first, last, sidecar } = timeline.dataset;
  const span = Number(end) - Number(start);
  const video = document.querySelector("video[data-video]");
  const label = timeline.querySelector(".cursor");
  const strips = [...timeline.querySelectorAll("[data-timeline]")];
  const clock = new Intl.DateTimeFormat(lang === "de" ? "de-DE" : "en-GB", {
    hour: "2-digit", minute: "2-digit", timeZone: zone,
  });
  let columns = null;

  const hands = strips.map((strip) => {
    const hand = document.createElement("span");
    hand.className = "hand";
    hand.hidden = true;
    strip.append(hand);
    return hand;
  });

  function show(part) {
    const width = strips[0].clientWidth;
    const x = Math.round(part * width);
    for (const hand of hands) {
      hand.hidden = false;
      hand.style.transform = `translateX(${x}px)`;
    }
    label.hidden = false;
    label.textContent = clock.format(Number(start) + part * span);
    const room = label.offsetWidth + 10;
    label.style.transform = `translateX(${x + room > width ? x - room : x + 10}px)`;
  }

  function hide() {
    for (const hand of hands) hand.hidden = true;
    label.hidden = true;
  }

  /* The video shows the frames one after the other, so a gap in the night has no length in it: count the columns that
   * have a frame. Without the sidecar the time between the first and the last frame is taken as even. */
  function videoPart(part) {
    if (columns) {
      const before = columns.slice(0, Math.floor(part * columns.length)).filter(Boolean).length;
      return before / columns.filter(Boolean).length;
    }
    return (Number(start) + part * span - Number(first)) / (Number(last) - Number(first));
  }

  function nightPart(shown) {
    if (columns) {
      let left = Math.floor(shown * columns.filter(Boolean).length);
      const column = columns.findIndex((frame) => frame && left-- <= 0);
      return (column < 0 ? columns.length - 1 : column) / columns.length;
    }
    return (Number(first) + shown * (Number(last) - Number(first)) - Number(start)) / span;
  }

  async function jump(part) {
    if (video.readyState === 0) {
      video.load();
      await new Promise((done) => video.addEventListener("loadedmetadata", done, { once: true }));
    }
    video.currentTime = Math.min(Math.max(videoPart(part), 0), 1) * video.duration;
    video.scrollIntoView({ block: "nearest" });
  }

  const partAt = (event, strip) => {
    const box = strip.getBoundingClientRect();
    return Math.min(Math.max((event.clientX - box.left) / box.width, 0), 1);
  };

  for (const strip of strips) {
    strip.addEventListener("pointermove", (event) => show(partAt(event, strip)));
    strip.addEventListener("pointerleave", hide);
    if (video && first) {
      strip.classList.add("seekable");
      strip.addEventListener("click", (event) => jump(partAt(event, strip)));
    }
  }
  video?.addEventListener("timeupdate", () => {
    if (video.duration) show(nightPart(video.currentTime / video.duration));
  });

  if (video && sidecar) {
    fetch(sidecar)
      .then((answer) => answer.json())
      .then((keogram) => { if (keogram.frames?.some(Boolean)) columns = keogram.frames; })
      .catch(() => {});
  }
})();
