/* Pictures and videos in full screen: every a[data-view] within a [data-gallery] opens here, with previous and next,
 * keyboard, swipe and zoom. Without scripts the same links lead to the page or file that they name.
 *
 * A link says where its picture is (data-view, else its own address), how large (data-width, data-height), what it
 * shows (data-caption), and whether it is a video (data-poster). data-gallery="by-address" turns in the order of the
 * addresses: those of nights end in their date, whatever month stands on top. */
import PhotoSwipeLightbox from "./vendor/photoswipe/5.4.4/photoswipe-lightbox.esm.min.js";

const USUAL_PX = 1440; // the width of a picture that does not say it
const words = document.getElementById("viewer").dataset;
const still = matchMedia("(prefers-reduced-motion: reduce)").matches;

const lightbox = new PhotoSwipeLightbox({
  pswpModule: () => import("./vendor/photoswipe/5.4.4/photoswipe.esm.min.js"),
  bgOpacity: 1,
  loop: false,
  showHideAnimationType: still ? "none" : "fade",
  showAnimationDuration: 150,
  hideAnimationDuration: 150,
  zoomAnimationDuration: still ? 0 : 200,
  paddingFn: () => ({ top: 48, bottom: 64, left: 0, right: 0 }),
  closeTitle: words.close,
  zoomTitle: words.zoom,
  arrowPrevTitle: words.earlier,
  arrowNextTitle: words.later,
  errorMsg: words.failed,
});

function slide(link) {
  const small = link.querySelector("img");
  const shape = small?.naturalWidth ? small.naturalHeight / small.naturalWidth : 1;
  const width = Number(link.dataset.width) || USUAL_PX;
  return {
    src: link.dataset.view || link.href,
    width,
    height: Number(link.dataset.height) || Math.round(width * shape),
    alt: small?.alt ?? "",
    link,
    type: link.dataset.poster === undefined ? "image" : "video",
  };
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-gallery] a[data-view]");
  if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  const gallery = link.closest("[data-gallery]");
  const links = [...gallery.querySelectorAll("a[data-view]")];
  if (gallery.dataset.gallery === "by-address") links.sort((a, b) => (a.href < b.href ? -1 : 1));
  lightbox.loadAndOpen(links.indexOf(link), links.map(slide));
});

lightbox.on("contentLoad", (event) => {
  const { content } = event;
  if (content.type !== "video") return;
  event.preventDefault();
  const video = document.createElement("video");
  const { src, link } = content.data;
  Object.assign(video, { src, poster: link.dataset.poster, controls: true, playsInline: true, className: "viewed" });
  content.element = video;
  content.onLoaded();
});
lightbox.on("contentDeactivate", ({ content }) => content.element?.pause?.());
lightbox.on("destroy", () => lightbox.pswp.currSlide?.content.element?.pause?.());

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
  const file = captionLink(link.dataset.view || link.href, words.file);
  return link.dataset.view ? [text, captionLink(link.href, words.more), file] : [text, file];
}

function captionLink(address, name) {
  const link = document.createElement("a");
  link.href = address;
  link.textContent = name;
  return link;
}

lightbox.init();
