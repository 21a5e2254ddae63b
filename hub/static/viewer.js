/* Pictures and videos in full screen: every a[data-view] within a [data-gallery] opens here, with previous and next,
 * keyboard, swipe and zoom. Without scripts the same links lead to the page or file that they name. */
import PhotoSwipeLightbox from "./vendor/photoswipe/5.4.4/photoswipe-lightbox.esm.min.js";

const words = document.getElementById("viewer").dataset;
const still = matchMedia("(prefers-reduced-motion: reduce)").matches;

const lightbox = new PhotoSwipeLightbox({
  gallery: "[data-gallery]",
  children: "a[data-view]",
  pswpModule: () => import("./vendor/photoswipe/5.4.4/photoswipe.esm.min.js"),
  bgOpacity: 1,
  loop: false,
  showHideAnimationType: still ? "none" : "fade",
  zoomAnimationDuration: still ? 0 : 200,
  paddingFn: () => ({ top: 48, bottom: 64, left: 0, right: 0 }),
  closeTitle: words.close,
  zoomTitle: words.zoom,
  arrowPrevTitle: words.earlier,
  arrowNextTitle: words.later,
  errorMsg: words.failed,
});

/* A link says where its picture is (data-view, else its own address), how large, and what it shows. A size that
 * nobody knows is taken from the shape of the small picture. */
lightbox.addFilter("domItemData", (item, _element, link) => {
  const small = link.querySelector("img");
  const shape = small?.naturalWidth ? small.naturalHeight / small.naturalWidth : 1;
  const width = Number(link.dataset.width) || 1440;
  return {
    ...item,
    src: link.dataset.view || link.href,
    width,
    height: Number(link.dataset.height) || Math.round(width * shape),
    alt: small?.alt ?? "",
    msrc: small?.currentSrc,
    thumbCropped: true,
    link,
    type: link.dataset.poster === undefined ? "image" : "video",
  };
});

lightbox.on("contentLoad", (event) => {
  const { content } = event;
  if (content.type !== "video") return;
  event.preventDefault();
  const video = document.createElement("video");
  Object.assign(video, { src: content.data.src, poster: content.data.link.dataset.poster, controls: true, playsInline: true });
  video.className = "viewed";
  content.element = video;
  content.onLoaded();
});
lightbox.on("contentDeactivate", ({ content }) => content.element?.pause?.());

lightbox.on("uiRegister", () => {
  lightbox.pswp.ui.registerElement({
    name: "caption",
    order: 9,
    appendTo: "root",
    onInit: (caption, viewer) => {
      caption.setAttribute("aria-live", "polite");
      viewer.on("change", () => caption.replaceChildren(...captionOf(viewer.currSlide.data.link)));
    },
  });
});

function captionOf(link) {
  const text = document.createElement("span");
  text.textContent = link.dataset.caption ?? "";
  if (!link.dataset.view) return [text];
  const page = document.createElement("a");
  page.href = link.href;
  page.textContent = words.more;
  return [text, page];
}

lightbox.init();
