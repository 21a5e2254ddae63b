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
  const isFrame = (one) => one !== null;
  let film = null;

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

  /* The sidecar of the keogram names the video's frame of each column; a gap in the night has no length in the video.
   * Without it the time between the first and the last frame is taken as even. Both functions work in seconds. */
  function secondOf(part) {
    if (!film) {
      const even = (Number(start) + part * span - Number(first)) / (Number(last) - Number(first));
      return Math.min(Math.max(even, 0), 1) * video.duration;
    }
    const column = Math.min(Math.floor(part * film.frames.length), film.frames.length - 1);
    const frame = film.frames.slice(column).find(isFrame) ?? film.frames.slice(0, column).findLast(isFrame);
    return (frame + 0.5) / film.fps;
  }

  function partOf(second) {
    if (!film) return (Number(first) + (second / video.duration) * (Number(last) - Number(first)) - Number(start)) / span;
    const frame = Math.floor(second * film.fps);
    const column = film.frames.findIndex((one) => isFrame(one) && one >= frame);
    return column < 0 ? (Number(last) - Number(start)) / span : (column + 0.5) / film.frames.length;
  }

  async function jump(part) {
    if (video.readyState === 0) {
      const ready = new Promise((done) => video.addEventListener("loadedmetadata", done, { once: true }));
      video.preload = "metadata";
      video.load();
      await ready;
    }
    video.currentTime = Math.min(secondOf(part), video.duration);
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
    if (video.duration && first) show(partOf(video.currentTime));
  });

  if (video && sidecar) {
    fetch(sidecar)
      .then((answer) => answer.json())
      .then((keogram) => { if (keogram.video?.frames.some(isFrame)) film = keogram.video; })
      .catch(() => {}); // an even clock will do
  }
})();
