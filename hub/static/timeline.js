/* One cursor through the ribbon, the charts and the video of a night: pointing shows the time and what the sky looked
 * like, a click jumps the video, and while the video plays the cursor moves along. With the keyboard the ribbon is a
 * slider: arrows move by five minutes, page keys by an hour, Enter jumps the video. */
"use strict";

(() => {
  const MINUTE_MS = 60_000;
  const STEPS_MIN = { ArrowLeft: -5, ArrowDown: -5, ArrowRight: 5, ArrowUp: 5, PageDown: -60, PageUp: 60, Home: -1e6, End: 1e6 };
  const timeline = document.querySelector(".timeline[data-start]");
  if (!timeline) return;
  const { zone, lang, sidecar } = timeline.dataset;
  const [start, end, first, last] = ["start", "end", "first", "last"].map((name) => Number(timeline.dataset[name]));
  const span = end - start;
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
    label.textContent = clock.format(start + part * span);
    for (const beside of [label, peek.box]) {
      const room = beside.offsetWidth + 10;
      beside.style.transform = `translateX(${x + room > width ? x - room : x + 10}px)`;
    }
  }

  function hide() {
    for (const hand of hands) hand.hidden = true;
    label.hidden = true;
    peek.hide();
  }

  /* The sidecar of the keogram names the video's frame of each column; a gap in the night has no length in the video.
   * Without it the time between the first and the last frame is taken as even. Both functions work in seconds. */
  function secondOf(part, length) {
    if (!film) return Math.min(Math.max((start + part * span - first) / (last - first), 0), 1) * length;
    const column = Math.min(Math.floor(part * film.frames.length), film.frames.length - 1);
    const frame = film.frames.slice(column).find(isFrame) ?? film.frames.slice(0, column).findLast(isFrame);
    return (frame + 0.5) / film.fps;
  }

  function partOf(second) {
    if (!film) return (first + (second / video.duration) * (last - first) - start) / span;
    const frame = Math.floor(second * film.fps);
    const column = film.frames.findIndex((one) => isFrame(one) && one >= frame);
    return column < 0 ? (last - start) / span : (column + 0.5) / film.frames.length;
  }

  async function ready(one) {
    if (one.readyState > 0) return;
    const loaded = new Promise((done) => one.addEventListener("loadedmetadata", done, { once: true }));
    one.preload = "metadata";
    one.load();
    await loaded;
  }

  async function jump(part) {
    await ready(video);
    video.currentTime = Math.min(secondOf(part, video.duration), video.duration);
    video.scrollIntoView({ block: "nearest" });
  }

  /* A small picture of the sky beside the cursor: the nearest frame of the archive, else that of the video. Nothing is
   * loaded before a mouse points somewhere, and no video at all for visitors who save data. */
  const peek = (() => {
    const box = document.createElement("span");
    box.className = "peek";
    box.hidden = true;
    box.setAttribute("aria-hidden", "true");
    timeline.append(box);
    let show = null;

    async function ofFrames() {
      const answer = await fetch(timeline.dataset.frames);
      const frames = await answer.json();
      const picture = new Image();
      picture.alt = "";
      box.classList.add(...timeline.dataset.sky.split(" "));
      box.append(picture);
      return (part) => {
        const moment = start + part * span;
        const nearest = frames.reduce((best, one) => (Math.abs(one.ms - moment) < Math.abs(best.ms - moment) ? one : best));
        if (!picture.src.endsWith(nearest.url)) picture.src = nearest.url;
        box.hidden = false;
      };
    }

    async function ofVideo() {
      const twin = document.createElement("video");
      Object.assign(twin, { src: video.currentSrc || video.src, muted: true, playsInline: true });
      box.append(twin);
      await ready(twin);
      let wanted = 0;
      const seek = () => { if (!twin.seeking && Math.abs(twin.currentTime - wanted) > 0.02) twin.currentTime = wanted; };
      twin.addEventListener("seeked", () => { box.hidden = label.hidden; seek(); });
      return (part) => {
        wanted = Math.min(secondOf(part, twin.duration), twin.duration);
        seek();
      };
    }

    function begin() {
      if (timeline.dataset.frames) return ofFrames();
      if (video && first && !navigator.connection?.saveData) return ofVideo();
      return Promise.resolve(() => {});
    }

    return {
      box,
      hide() { box.hidden = true; },
      at(part) {
        show ??= begin().catch(() => () => {}); // the time alone will do
        show.then((draw) => { if (!label.hidden) draw(part); });
      },
    };
  })();

  const partAt = (event, strip) => {
    const box = strip.getBoundingClientRect();
    return Math.min(Math.max((event.clientX - box.left) / box.width, 0), 1);
  };

  for (const strip of strips) {
    strip.addEventListener("pointermove", (event) => {
      show(partAt(event, strip));
      if (event.pointerType === "mouse") peek.at(partAt(event, strip));
    });
    strip.addEventListener("pointerleave", hide);
    if (video && first) {
      strip.classList.add("seekable");
      strip.addEventListener("click", (event) => { if (!event.target.closest("a")) jump(partAt(event, strip)); });
    }
  }
  video?.addEventListener("timeupdate", () => {
    if (video.duration && first) show(partOf(video.currentTime));
  });

  /* The same with the keyboard. */
  const slider = document.createElement("span");
  slider.className = "slider";
  strips[0].append(slider);
  let minute = Math.round(span / 2 / MINUTE_MS);
  const minutes = Math.round(span / MINUTE_MS);
  function say() {
    slider.setAttribute("aria-valuenow", minute);
    slider.setAttribute("aria-valuetext", clock.format(start + minute * MINUTE_MS));
  }
  for (const [name, value] of [["role", "slider"], ["tabindex", 0], ["aria-label", timeline.dataset.label], ["aria-valuemin", 0], ["aria-valuemax", minutes]]) {
    slider.setAttribute(name, value);
  }
  say();
  slider.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && video && first) jump(minute / minutes);
    if (!(event.key in STEPS_MIN)) return;
    event.preventDefault();
    minute = Math.min(Math.max(minute + STEPS_MIN[event.key], 0), minutes);
    say();
    show(minute / minutes);
  });
  slider.addEventListener("blur", hide);

  if (video && sidecar) {
    fetch(sidecar)
      .then((answer) => answer.json())
      .then((keogram) => { if (keogram.video?.frames.some(isFrame)) film = keogram.video; })
      .catch(() => {}); // an even clock will do
  }
})();
