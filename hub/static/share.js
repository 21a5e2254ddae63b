/* The box for sharing: buttons that copy what stands beside them, and the telephone's own way of sharing where there is one. */
"use strict";

(() => {
  const SAID_MS = 2000;

  for (const button of document.querySelectorAll("[data-copy]")) {
    const field = document.getElementById(button.dataset.copy);
    const word = button.textContent;
    field.addEventListener("focus", () => field.select());
    if (!navigator.clipboard) continue; // only on pages that came over TLS; the field can be copied by hand
    button.hidden = false;
    button.setAttribute("aria-live", "polite");
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(field.value).catch(() => field.select());
      button.textContent = button.dataset.copied;
      setTimeout(() => { button.textContent = word; }, SAID_MS);
    });
  }

  const share = document.querySelector("[data-share]");
  if (share && navigator.share) {
    share.hidden = false;
    const what = { title: share.dataset.share, url: document.getElementById("address").value };
    share.addEventListener("click", () => navigator.share(what).catch(() => {})); // a visitor may change their mind
  }
})();
