// A panel over the right edge of the page.

function render({ model }) {
  const root = make("aside", "wb-drawer");
  root.setAttribute("aria-label", model.label);
  const close = button("\u00d7", () => hide(), "quiet close");
  close.setAttribute("aria-label", `Close: ${model.label}`);
  close.title = "Close (Esc)";
  const content = make("div", "content");
  content.append(model.get_child("content"));
  let before = null;
  const hide = () => {
    model.opened = false;
    before?.focus();
  };
  root.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      event.stopPropagation();
      hide();
    }
  });
  const paint = () => {
    const opens = root.hidden && model.opened;
    root.hidden = !model.opened;
    root.style.width = `min(${model.width_px}px, 100vw)`;
    if (opens) {
      before = deepActive();
      close.focus({ focusVisible: false });
    }
  };
  root.hidden = true;
  model.on(["opened", "width_px"], paint);
  if (model.opened) {
    paint();
  }
  root.append(close, content);
  return root;
}

/** What has the keyboard, also inside of components. */
function deepActive() {
  let active = document.activeElement;
  while (active?.shadowRoot?.activeElement) {
    active = active.shadowRoot.activeElement;
  }
  return active;
}

export default { render: ({ model, el }) => mount(render, model, el) };
