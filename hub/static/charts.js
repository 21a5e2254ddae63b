/* Charts of readings: uPlot takes the place of the server's drawings, with one cursor through all of them.
 *
 * Each chart asks for as many points as it has pixels, when it comes into sight; dragging asks again for a shorter
 * stretch. The links to files always name exactly what is drawn. Until the readings are here, the drawing of the server
 * stays. All words come from the server. */
"use strict";

(() => {
  const page = document.querySelector(".history[data-api]");
  if (!page || typeof uPlot === "undefined") return;

  const MOST_POINTS = 1500;
  const SHORTEST_MS = 60_000;
  const RENEW_MS = 300_000;
  const DAY_S = 86_400;
  const { api, zone, lang } = page.dataset;
  const words = JSON.parse(page.dataset.words);
  const locale = lang === "de" ? "de-DE" : "en-GB";
  const lit = { start: Number(page.dataset.start), end: Number(page.dataset.end) };
  const whole = { ...lit };
  const bands = page.dataset.bands.split(";").filter(Boolean).map((one) => one.split(" "));
  const button = page.querySelector(".whole");
  const [earlier, later] = [".steps [rel=prev]", ".steps [rel=next]"].map((one) => page.querySelector(one));
  const shownStretch = page.querySelector(".stretch span");
  const sync = uPlot.sync("readings");
  let span = { ...whole };

  const style = getComputedStyle(page);
  const colour = (name) => style.getPropertyValue(`--${name}`).trim();
  const dated = (options) => {
    const format = new Intl.DateTimeFormat(locale, { timeZone: zone, hourCycle: "h23", ...options });
    return (second) => format.format(second * 1000);
  };
  const clock = dated({ hour: "2-digit", minute: "2-digit" });
  const day = dated({ day: "numeric", month: "short" });
  const month = dated({ month: "short" });
  const year = dated({ year: "numeric" });
  const moment = dated({ day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
  const longDay = dated({ day: "numeric", month: "long", year: "numeric" });
  const inUtc = (second) => `${new Date(second * 1000).toISOString().slice(0, 16).replace("T", " ")} UTC`;

  function number(value, decimals) {
    const text = value.toLocaleString(locale, { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
    return text.replace("-", "\u2212");
  }

  function measured(value, decimals) {
    const digits = Math.trunc(Math.abs(value)).toString().length;
    return number(value, Math.min(decimals, Math.max(0, 5 - digits)));
  }

  function timeMarks(plot, splits, _axis, _space, step) {
    return splits.map((second) => {
      const left = plot.valToPos(second, "x");
      if (left < 28 || left > plot.width - 28) return ""; // it would be cut off
      if (step < DAY_S) return clock(second) === "00:00" && step > 3600 ? day(second) : clock(second);
      if (step < 28 * DAY_S) return day(second);
      return step >= 360 * DAY_S || month(second) === month(0) ? year(second) : month(second);
    });
  }

  /* One chart: its figure, what was fetched for it, and its plot. */
  class Chart {
    constructor(figure) {
      this.figure = figure;
      this.place = figure.querySelector(".plot");
      this.values = [...figure.querySelectorAll(".series output")];
      this.when = figure.querySelector(".when");
      this.logarithmic = "logarithmic" in figure.dataset;
      this.decimals = Number(figure.dataset.decimals);
      this.visible = false;
      this.fetched = "";
      this.plot = null;
      this.place.tabIndex = 0;
      this.place.setAttribute("role", "group");
      this.place.setAttribute("aria-label", figure.querySelector(".lines").getAttribute("aria-label"));
      this.place.addEventListener("keydown", (event) => this.key(event));
    }

    query() {
      const points = Math.min(MOST_POINTS, Math.max(100, Math.round(this.place.clientWidth)));
      const asked = { from: new Date(span.start).toISOString(), to: new Date(span.end).toISOString(), points };
      return new URLSearchParams({ ...asked, series: this.figure.dataset.series });
    }

    async load() {
      const query = this.query();
      if (!this.visible || this.fetched === String(query)) return;
      this.fetched = String(query);
      try {
        const answer = await fetch(`${api}.json?${query}`);
        if (!answer.ok) throw new Error(`${answer.status}`);
        const found = await answer.json();
        if (this.fetched !== String(query)) return; // somebody has zoomed on meanwhile
        this.draw(found);
        for (const link of this.figure.querySelectorAll("[data-form]")) link.href = `${api}.${link.dataset.form}?${query}${link.dataset.more ?? ""}`;
      } catch {
        this.fetched = "";
        this.when.textContent = words.failed;
      }
    }

    draw(found) {
      this.found = found;
      const half = (found.bucket_s ?? 0) / 2;
      const tables = found.series.map((one) => [
        one.time_s.map((second) => second + half),
        one.mean.map((value) => (this.logarithmic && value <= 0 ? null : value)),
        ...(found.bucket_s ? [one.max, one.min] : []),
      ]);
      const data = uPlot.join(tables);
      this.width = found.bucket_s ? 3 : 1; // columns of each series
      this.plot?.destroy();
      this.figure.classList.add("drawn");
      this.plot = new uPlot(this.options(found), data, this.place);
      sync.sub(this.plot);
    }

    options(found) {
      const series = found.series.flatMap((_, index) => {
        const stroke = colour(`s${(index % 6) + 1}`);
        const dash = index % 6 > 1 ? [8, 5] : undefined;
        const edge = { stroke: "transparent", width: 0, points: { show: false } };
        return [{ stroke, dash, width: 2, points: { show: false }, spanGaps: false }, ...(found.bucket_s ? [edge, edge] : [])];
      });
      const filled = found.series.map((_, index) => ({
        series: [index * 3 + 2, index * 3 + 3],
        fill: `color-mix(in srgb, ${colour(`s${(index % 6) + 1}`)} 28%, transparent)`,
      }));
      return {
        width: this.place.clientWidth,
        height: this.place.clientHeight,
        padding: [8, 0, 0, 0],
        legend: { show: false },
        tzDate: (second) => uPlot.tzDate(new Date(second * 1000), zone),
        cursor: { dataIdx: (...given) => this.nearest(...given), sync: { key: sync.key, setSeries: false }, drag: { x: true, y: false, setScale: false }, points: { size: 7 }, y: false },
        scales: {
          x: { time: true, range: () => [span.start / 1000, span.end / 1000] },
          y: this.logarithmic ? { distr: 3 } : { range: (_plot, low, high) => this.range(low, high) },
        },
        axes: [
          { size: 26, gap: 4, font: `13px ${style.fontFamily}`, stroke: colour("ink-soft"), grid: { show: false }, ticks: { stroke: colour("ink-soft"), size: 6, width: 1 }, values: timeMarks, space: 80 },
          { size: 0, gap: 0, grid: { stroke: colour("line"), width: 1 }, ticks: { show: false }, values: (_plot, splits) => splits.map(() => ""), space: 34, ...(this.logarithmic ? { splits: (_plot, _axis, low, high) => this.decades(low, high), filter: (_plot, splits) => splits } : {}) },
        ],
        series: [{}, ...series],
        bands: found.bucket_s ? filled : [],
        hooks: {
          drawClear: [(plot) => this.shade(plot)],
          draw: [(plot) => this.label(plot), (plot) => this.explain(plot)],
          setCursor: [(plot) => this.read(plot)],
          setSelect: [(plot) => this.select(plot)],
        },
      };
    }

    range(low, high) {
      if (low === null || high === null) return [0, 1];
      const room = Math.max((high - low) * 0.08, 1 - (high - low) / 2, 0);
      return [low - room, high + room];
    }

    /* The light of the sky, and the times without any reading of the camera. */
    shade(plot) {
      const { ctx, bbox } = plot;
      const fill = (start, end, paint, opacity) => {
        const left = Math.max(plot.valToPos(start, "x", true), bbox.left);
        const right = Math.min(plot.valToPos(end, "x", true), bbox.left + bbox.width);
        ctx.globalAlpha = opacity;
        ctx.fillStyle = paint;
        if (right > left) ctx.fillRect(left, bbox.top, right - left, bbox.height);
        ctx.globalAlpha = 1;
      };
      const second = (percent) => (lit.start + (percent / 100) * (lit.end - lit.start)) / 1000;
      const opacity = Number(colour("shade-opacity"));
      for (const [percent, width, light] of bands) {
        fill(second(Number(percent)), second(Number(percent) + Number(width)), colour(light), opacity);
      }
      for (const gap of this.absences) fill(gap.start, gap.end, colour("ink-soft"), 0.16);
    }

    /* A gap that is wide enough says itself why it is there. */
    explain(plot) {
      const { ctx, bbox } = plot;
      ctx.save();
      ctx.font = `${13 * devicePixelRatio}px ${style.fontFamily}`;
      ctx.fillStyle = colour("ink-soft");
      ctx.strokeStyle = colour("ground");
      ctx.lineWidth = 4 * devicePixelRatio;
      ctx.textAlign = "center";
      ctx.textBaseline = "middle";
      for (const gap of this.absences) {
        const left = Math.max(plot.valToPos(gap.start, "x", true), bbox.left);
        const right = Math.min(plot.valToPos(gap.end, "x", true), bbox.left + bbox.width);
        const room = ctx.measureText(words.offline).width + 12 * devicePixelRatio;
        if (right - left < room) continue;
        const place = [words.offline, (left + right) / 2, bbox.top + bbox.height / 2];
        ctx.strokeText(...place);
        ctx.fillText(...place);
      }
      ctx.restore();
    }

    get gaps() {
      const known = this.found.series.flatMap((one) => one.gaps);
      return known.map((one) => ({ start: Date.parse(one.from_utc) / 1000, end: Date.parse(one.to_utc) / 1000, reason: one.reason }));
    }

    /* When the camera was offline: several series tell of the same times. */
    get absences() {
      const found = [];
      const offline = this.gaps.filter((one) => one.reason === "camera_offline").sort((a, b) => a.start - b.start);
      for (const gap of offline) {
        const before = found.at(-1);
        if (before && gap.start < before.end) before.end = Math.max(before.end, gap.end);
        else found.push(gap);
      }
      return found;
    }

    /* Powers of ten, as many as there is room for. */
    decades(low, high) {
      const first = Math.ceil(Math.log10(low) - 1e-9);
      const last = Math.floor(Math.log10(high) + 1e-9);
      const step = Math.max(1, Math.ceil((last - first) / 6));
      const found = [];
      for (let power = first; power <= last; power += step) found.push(10 ** power);
      return found;
    }

    /* The round numbers stand inside the chart, so that it may reach from edge to edge. */
    label(plot) {
      const { ctx, bbox } = plot;
      const ratio = devicePixelRatio;
      const splits = plot.axes[1]._splits ?? [];
      const decimals = Math.max(0, ...splits.map((value) => (Number(value?.toFixed(6)).toString().split(".")[1] ?? "").length));
      const left = Number.parseFloat(getComputedStyle(this.figure.querySelector("figcaption")).paddingLeft) * ratio;
      ctx.save();
      ctx.font = `${13 * ratio}px ${style.fontFamily}`;
      ctx.lineWidth = 4 * ratio;
      ctx.strokeStyle = colour("ground");
      ctx.fillStyle = colour("ink-soft");
      ctx.textAlign = "left";
      ctx.textBaseline = "bottom";
      for (const value of splits) {
        if (value === null) continue;
        const y = plot.valToPos(value, "y", true);
        if (y < bbox.top + 16 * ratio || y > bbox.top + bbox.height) continue;
        const text = this.logarithmic ? value.toLocaleString(locale, { maximumSignificantDigits: 2 }) : number(value, decimals);
        ctx.strokeText(text, left, y - 2 * ratio);
        ctx.fillText(text, left, y - 2 * ratio);
      }
      ctx.restore();
    }

    /* Readings of several sensors have times of their own: take the nearest one, and none within a gap. */
    nearest(plot, column, closest, second) {
      if (column === 0) return closest;
      const its = this.found.series[Math.floor((column - 1) / this.width)];
      if (its.gaps.some((gap) => Date.parse(gap.from_utc) < second * 1000 && second * 1000 < Date.parse(gap.to_utc))) return null;
      const values = plot.data[column];
      const near = Math.max(3 * (its.interval_s ?? 0), 2 * (this.found.bucket_s ?? 0), (span.end - span.start) / 100_000);
      for (let away = 0; away < 50; away += 1) {
        for (const index of [closest - away, closest + away]) {
          const there = values[index] !== null && values[index] !== undefined;
          if (there) return Math.abs(plot.data[0][index] - second) <= near ? index : null;
        }
      }
      return null;
    }

    /* Say the values under the cursor; where there are none, say why. */
    read(plot) {
      const away = plot.cursor.idx === null || plot.cursor.idx === undefined || plot.cursor.left < 0;
      const second = away ? 0 : plot.posToVal(plot.cursor.left, "x");
      this.values.forEach((output, index) => {
        const column = 1 + index * this.width;
        const at = away ? null : plot.cursor.idxs[column];
        output.textContent = at === null || at === undefined ? "" : measured(plot.data[column][at], this.decimals);
      });
      const silent = this.values.every((output) => !output.textContent);
      const gap = this.gaps.find((one) => one.start < second && second < one.end);
      const why = { camera_offline: words.offline, sensor_silent: words.silent }[gap?.reason] ?? words.none;
      this.when.textContent = away ? "" : `${moment(second)}${silent ? ` · ${why}` : ""}`;
      this.when.title = away ? "" : inUtc(second);
    }

    select(plot) {
      const { left, width } = plot.select;
      if (width < 8) return;
      const start = plot.posToVal(left, "x") * 1000;
      const end = plot.posToVal(left + width, "x") * 1000;
      plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
      show({ start, end });
    }

    key(event) {
      if (!this.plot || event.altKey || event.ctrlKey || event.metaKey) return;
      const times = this.plot.data[0];
      const at = this.plot.cursor.idx ?? Math.floor(times.length / 2);
      const step = event.shiftKey ? 10 : 1;
      const moves = { ArrowLeft: at - step, ArrowRight: at + step, Home: 0, End: times.length - 1 };
      const middle = (times[at] ?? (span.start + span.end) / 2000) * 1000;
      const length = span.end - span.start;
      if (event.key in moves && times.length) {
        const index = Math.min(Math.max(moves[event.key], 0), times.length - 1);
        this.plot.setCursor({ left: this.plot.valToPos(times[index], "x"), top: 10 });
      } else if (event.key === "+") show({ start: middle - length / 4, end: middle + length / 4 });
      else if (event.key === "-") show({ start: middle - length, end: middle + length });
      else if (event.key === "Escape") this.plot.setCursor({ left: -10, top: -10 });
      else return;
      event.preventDefault();
    }
  }

  const charts = [...page.querySelectorAll("figure[data-series]")].map((figure) => new Chart(figure));
  if (!charts.length) return;

  function pageAddress(start, end) {
    const address = new URL(location.href);
    address.searchParams.delete("range");
    address.searchParams.set("from", new Date(start).toISOString());
    address.searchParams.set("to", new Date(end).toISOString());
    return address;
  }

  function apply() {
    const far = span.end - span.start > 60 * DAY_S * 1000 ? longDay : moment;
    shownStretch.textContent = `${far(span.start / 1000)} – ${far(span.end / 1000)}`;
    button.hidden = span.start === whole.start && span.end === whole.end;
    const length = span.end - span.start;
    if (earlier) earlier.href = pageAddress(span.start - length, span.start);
    if (later) later.href = pageAddress(span.end, span.end + length);
    const all = charts[0].query();
    all.delete("series");
    for (const link of page.querySelectorAll(":scope > header [data-form]")) link.href = `${api}.${link.dataset.form}?${all}`;
    for (const chart of charts) chart.load();
  }

  function show(wanted) {
    const end = Math.round(Math.min(wanted.end, Math.max(whole.end, Date.now())));
    const start = Math.round(wanted.start);
    if (end - start < SHORTEST_MS) return;
    span = { start, end };
    history.pushState(span, "", pageAddress(start, end));
    apply();
  }

  button.addEventListener("click", () => {
    span = { ...whole };
    history.pushState(null, "", first);
    apply();
  });
  for (const zoom of page.querySelectorAll("[data-zoom]")) {
    zoom.addEventListener("click", () => {
      const half = ((span.end - span.start) / 2) * Number(zoom.dataset.zoom);
      const middle = (span.start + span.end) / 2;
      show({ start: middle - half, end: middle + half });
    });
  }
  const first = location.href;
  addEventListener("popstate", (event) => {
    if (!event.state && location.href !== first) location.reload(); // the page was opened at a closer look
    span = event.state ?? { ...whole };
    apply();
  });

  const seen = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      const chart = charts.find((one) => one.figure === target);
      chart.visible = isIntersecting;
      chart.load();
    }
  }, { rootMargin: "200px" });
  const sized = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      const chart = charts.find((one) => one.place === target);
      chart.plot?.setSize({ width: target.clientWidth, height: target.clientHeight });
    }
  });
  for (const chart of charts) {
    seen.observe(chart.figure);
    sized.observe(chart.place);
  }

  /* What goes on up to now keeps going on. */
  if (whole.end >= Date.now()) {
    setInterval(() => {
      if (document.hidden || !button.hidden) return;
      const passed = Date.now() - whole.end;
      if (passed <= 0) return;
      whole.start += passed;
      whole.end += passed;
      span = { ...whole };
      apply();
    }, RENEW_MS);
  }
  page.querySelector(".with-scripts").hidden = false;
})();
