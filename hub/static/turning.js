/* The arrow keys turn to the earlier and the later night or day: they follow the page's own links. */
"use strict";

document.addEventListener("keydown", (event) => {
  const way = { ArrowLeft: "prev", ArrowRight: "next" }[event.key];
  const busy = event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey;
  if (!way || busy || document.querySelector(".pswp")) return;
  if (event.target.closest("input, select, textarea, video, [role=slider], .leaflet-container")) return;
  document.querySelector(`a[rel=${way}]`)?.click();
});
