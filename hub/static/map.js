/* The map: outlines of the countries that come from this site, and the cameras on them. <div data-map> says the rest:
 *
 *   data-cameras   address of the cameras as GeoJSON          data-focus   ID of the camera to show, else all of them
 *   data-outline, data-outline-fine   TopoJSON for far and near
 *   data-styles, data-libraries   style sheets and scripts, fetched only when the map comes near the window
 *   data-tiles, data-tiles-attribution   streets and places of another site, fetched only after a visitor asked for them
 *
 * The wheel scrolls the page unless Ctrl is held, one finger too; two fingers move the map. */
"use strict";

(() => {
  const FINE_FROM_ZOOM = 4.5;
  const NEAREST_ZOOM = 9;
  const NEAREST_TILES_ZOOM = 12; // places are rounded: nearer would promise too much
  const FOCUS_ZOOM = 5;
  const MINUTE_MS = 60_000;
  const [SUNSET_DEG, DARK_DEG] = [-0.833, -18];
  const CONSENT = "map-tiles";
  const MARKS = {
    live: '<circle r="6"/>',
    late: '<path d="M0-6A6 6 0 0 1 0 6Z"/><circle class="line" r="6"/>',
    asleep: '<path d="M2-6A6.1 6.1 0 1 0 6 3A5.5 5.5 0 0 1 2-6Z"/>',
    offline: '<circle class="line" r="6"/><path class="line" d="M-4.2 4.2L4.2-4.2"/>',
    new: '<circle class="line" r="6"/>',
  };

  function load(name, address) {
    const element = document.createElement(name);
    const loaded = new Promise((done, failed) => {
      element.onload = done;
      element.onerror = () => failed(new Error(`${address} did not load.`));
    });
    if (name === "link") Object.assign(element, { rel: "stylesheet", href: address });
    else Object.assign(element, { src: address, async: false });
    document.head.append(element);
    return loaded;
  }

  async function json(address) {
    const answer = await fetch(address);
    if (!answer.ok) throw new Error(`${address} answered ${answer.status}.`);
    return answer.json();
  }

  const here = (address) => {
    const { pathname, search } = new URL(address, location);
    return pathname + search;
  };

  /* The whole number of the zoom at which the world is about as wide as the box (clusters need a whole one). */
  const widestZoom = (box) => Math.max(1, Math.round(Math.log2(box.clientWidth / 256) + 0.2));

  /* Unroll a ring that crosses the date line, close one that goes around a pole along the edge, and draw both halves. */
  function unrolled(ring, side = Math.sign(ring.at(-1)[1])) {
    let turn = 0;
    const flat = ring.map(([longitude, latitude], index) => {
      const step = index ? longitude - ring[index - 1][0] : 0;
      if (Math.abs(step) > 180) turn -= 360 * Math.sign(step);
      return [longitude + turn, latitude];
    });
    const [first, last] = [flat[0], flat.at(-1)];
    if (Math.abs(last[0] - first[0]) > 180) {
      const pole = 89 * side;
      flat.push([last[0], pole], [first[0], pole], first);
    }
    const [west, east] = [Math.min(...flat.map(([x]) => x)), Math.max(...flat.map(([x]) => x))];
    const shifts = [0, ...(east > 180 ? [-360] : []), ...(west < -180 ? [360] : [])];
    return shifts.map((shift) => flat.map(([x, y]) => [x + shift, y]));
  }

  /* Land as one polygon of all its rings: islands and lakes alike, filled by the rule of even and odd. */
  const landOf = (world) =>
    topojson.feature(world, world.objects.land).features.flatMap(({ geometry }) => geometry.coordinates.flat().flatMap((ring) => unrolled(ring)));

  /* Where the sun stands lower than an altitude, as rings: a circle around the point opposite to it. The sun's place is
   * that of the Astronomical Almanac's short formulas, good to 0.01 degrees until 2050. */
  function nightBelow(altitude, now) {
    const [radians, degrees] = [Math.PI / 180, 180 / Math.PI];
    const { sin, cos, asin, atan2 } = Math;
    const days = (now - Date.UTC(2000, 0, 1, 12)) / 86_400_000;
    const anomaly = (357.528 + 0.9856003 * days) * radians;
    const longitude = (280.46 + 0.9856474 * days + 1.915 * sin(anomaly) + 0.02 * sin(2 * anomaly)) * radians;
    const tilt = (23.439 - 4e-7 * days) * radians;
    const declination = asin(sin(tilt) * sin(longitude));
    const ascension = atan2(cos(tilt) * sin(longitude), cos(longitude)) * degrees;
    const noon = ascension - (280.46062 + 360.9856474 * days); // the longitude that has the sun in the south
    const [middle, radius] = [-declination, (90 + altitude) * radians];
    const ring = Array.from({ length: 181 }, (_, step) => {
      const around = 2 * step * radians;
      const latitude = asin(sin(middle) * cos(radius) + cos(middle) * sin(radius) * cos(around));
      const east = atan2(sin(around) * sin(radius) * cos(middle), cos(radius) - sin(middle) * sin(latitude));
      return [((((noon + 180 + east * degrees + 180) % 360) + 360) % 360) - 180, latitude * degrees];
    });
    return unrolled(ring, -Math.sign(declination));
  }

  function icon(facts, focused) {
    const mark = `<svg viewBox="-8 -8 16 16" aria-hidden="true">${MARKS[facts.state] ?? MARKS.new}</svg>`;
    const className = `map-mark ${facts.state}${focused ? " focused" : ""}`;
    return L.divIcon({ html: mark, className, iconSize: [24, 24], popupAnchor: [0, -10] });
  }

  function popup(facts) {
    const link = document.createElement("a");
    link.href = here(facts.url);
    link.className = "map-card";
    if (facts.image_url) {
      const picture = new Image(480, 480);
      picture.src = here(facts.image_url);
      picture.alt = "";
      const sky = document.createElement("span");
      sky.className = `sky sky-${facts.id}${facts.state === "live" || facts.state === "late" ? "" : " past"}`;
      sky.append(picture);
      link.append(sky);
    }
    for (const [name, text] of [["name", facts.name], ["id", facts.id], [`state ${facts.state}`, facts.state_words]]) {
      const line = document.createElement("span");
      line.className = name;
      line.textContent = text;
      link.append(line);
    }
    return link;
  }

  class CameraMap {
    constructor(box) {
      this.box = box;
      this.said = box.dataset;
      this.layers = { tiles: null, land: null, borders: null };
      const widest = widestZoom(box);
      this.map = L.map(box, {
        minZoom: widest,
        maxZoom: NEAREST_ZOOM,
        zoomSnap: 0.5,
        zoomDelta: 1,
        maxBounds: [[-85, -180], [85, 180]],
        maxBoundsViscosity: 1,
        scrollWheelZoom: false,
        dragging: !L.Browser.mobile,
        zoomControl: false,
        fadeAnimation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
      }).setView([30, 10], widest);
      const words = { zoomInTitle: this.said.zoomIn, zoomOutTitle: this.said.zoomOut };
      L.control.zoom({ position: "topright", ...words }).addTo(this.map);
      this.map.attributionControl.setPrefix('<a href="https://leafletjs.com">Leaflet</a>');
      this.cameras = L.markerClusterGroup({ showCoverageOnHover: false, maxClusterRadius: 44, chunkedLoading: true });
      this.map.addLayer(this.cameras);
      this.map.createPane("night").classList.add("map-nights");
      box.addEventListener("wheel", (turned) => this.map.scrollWheelZoom[turned.ctrlKey ? "enable" : "disable"](), {
        capture: true,
        passive: true,
      });
      this.map.on("zoomend", () => this.outline());
    }

    async start() {
      this.offerTiles();
      const shown = this.renew();
      await Promise.all([this.layers.tiles ? null : this.outline(), shown]);
      this.lookAt(await shown);
      setInterval(() => document.hidden || this.renew().catch(() => {}), MINUTE_MS);
    }

    async renew() {
      const { features } = await json(this.said.cameras);
      const open = this.opened;
      const markers = features.map(({ properties, geometry }) => {
        const [longitude, latitude] = geometry.coordinates;
        const title = `${properties.name}: ${properties.state_words}`;
        const focused = properties.id === this.said.focus;
        const marker = L.marker([latitude, longitude], { icon: icon(properties, focused), title });
        marker.bindPopup(() => popup(properties), { minWidth: 180, maxWidth: 180 });
        marker.on("popupopen", () => (this.opened = properties.id));
        marker.on("popupclose", () => (this.opened = null));
        return marker;
      });
      if (!open) this.cameras.clearLayers().addLayers(markers);
      this.shadeNight();
      return features;
    }

    shadeNight() {
      for (const shade of this.layers.nights ?? []) shade.remove();
      this.layers.nights = [SUNSET_DEG, DARK_DEG].map((altitude) => {
        const geometry = { type: "MultiPolygon", coordinates: nightBelow(altitude, Date.now()).map((ring) => [ring]) };
        return L.geoJSON(geometry, { interactive: false, className: "map-night", pane: "night" }).addTo(this.map);
      });
    }

    lookAt(features) {
      const focus = features.find((one) => one.properties.id === this.said.focus);
      if (focus) this.map.setView(focus.geometry.coordinates.toReversed(), Math.max(FOCUS_ZOOM, this.map.getMinZoom()));
      else if (features.length) this.map.fitBounds(this.cameras.getBounds(), { padding: [56, 56], maxZoom: FOCUS_ZOOM });
    }

    /* Draw land and borders: coarse from afar, fine from near; the fine file is fetched when it is first needed. */
    async outline() {
      if (this.layers.tiles) return;
      const detail = this.map.getZoom() >= FINE_FROM_ZOOM ? "outlineFine" : "outline";
      if (this.drawn === detail) return;
      this.drawn = detail;
      const world = await json(this.said[detail]);
      if (this.drawn !== detail || this.layers.tiles) return;
      this.removeOutline();
      const borders = topojson.mesh(world, world.objects.countries, (one, other) => one !== other);
      const land = { type: "Polygon", coordinates: landOf(world) };
      const shape = (geometry, className) => L.geoJSON(geometry, { interactive: false, className }).addTo(this.map);
      this.layers.land = shape(land, "map-land");
      this.layers.borders = shape(borders, "map-border");
      this.map.attributionControl.addAttribution("Natural Earth");
    }

    removeOutline() {
      for (const name of ["land", "borders"]) {
        this.layers[name]?.remove();
        this.layers[name] = null;
      }
      this.map.attributionControl.removeAttribution("Natural Earth");
    }

    offerTiles() {
      const button = document.querySelector("[data-map-tiles]");
      if (!button || !this.said.tiles) return;
      button.closest("[hidden]")?.removeAttribute("hidden");
      if (localStorage.getItem(CONSENT) === "yes") this.showTiles(button);
      button.addEventListener("click", () => {
        if (this.layers.tiles) this.hideTiles(button);
        else this.showTiles(button);
      });
    }

    showTiles(button) {
      localStorage.setItem(CONSENT, "yes");
      this.removeOutline();
      this.drawn = null;
      const attribution = document.createElement("a");
      attribution.href = this.said.tilesAttributionUrl;
      attribution.textContent = this.said.tilesAttribution;
      this.layers.tiles = L.tileLayer(this.said.tiles, {
        attribution: attribution.outerHTML,
        maxZoom: NEAREST_TILES_ZOOM,
        noWrap: true,
        referrerPolicy: "strict-origin-when-cross-origin",
      }).addTo(this.map);
      this.map.setMaxZoom(NEAREST_TILES_ZOOM);
      button.textContent = button.dataset.without;
    }

    hideTiles(button) {
      localStorage.removeItem(CONSENT);
      this.layers.tiles.remove();
      this.layers.tiles = null;
      this.map.setMaxZoom(NEAREST_ZOOM);
      button.textContent = button.dataset.with;
      this.outline().catch(() => {});
    }
  }

  async function unfold(box) {
    const { styles, libraries } = box.dataset;
    await Promise.all([
      ...styles.split(" ").map((one) => load("link", one)),
      ...libraries.split(" ").map((one) => load("script", one)),
    ]);
    await new CameraMap(box).start();
    for (const words of document.querySelectorAll("[data-map-words]")) words.hidden = false;
    box.dataset.ready = "yes";
  }

  const near = new IntersectionObserver(
    (seen) => {
      for (const { isIntersecting, target } of seen) {
        if (!isIntersecting) continue;
        near.unobserve(target);
        unfold(target).catch(() => target.classList.add("failed"));
      }
    },
    { rootMargin: "200px" },
  );
  for (const box of document.querySelectorAll("[data-map]")) {
    box.hidden = false;
    near.observe(box);
  }
})();
