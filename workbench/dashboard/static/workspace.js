// The four regions of a page: left panel, canvas with its tool row, inspector, bottom panel.
// Sizes and folds are the reader's own and stay in this browser.

const LIMITS = { left: [200, 360], right: [280, 480], bottom: [96, 320] };
const MEMORY = "circuit-workbench-regions";
const ARROWS = {
  left: { open: "\u00ab", rail: "\u00bb" },
  right: { open: "\u00bb", rail: "\u00ab" },
  bottom: { open: "\u2304", rail: "\u2303" },
};

function remembered() {
  try {
    return JSON.parse(localStorage.getItem(MEMORY)) ?? {};
  } catch {
    return {};
  }
}

function remember(changes) {
  try {
    localStorage.setItem(MEMORY, JSON.stringify({ ...remembered(), ...changes }));
  } catch {
    // a browser without storage forgets; nothing else depends on it
  }
}

function foldState(root, side) {
  const state = root.dataset[side];
  if (state !== "auto") {
    return state;
  }
  return side === "left" && window.matchMedia("(max-width: 1599px)").matches ? "rail" : "open";
}

function panel(root, side, title, model) {
  const region = make("section", `region panel ${side}`);
  const head = make("div", "head");
  const name = make("h2", "title ellipsis", title);
  const fold = make("button", "fold quiet");
  fold.type = "button";
  const content = make("div", "content");
  const grip = make("div", "grip");
  grip.tabIndex = 0;
  grip.setAttribute("role", "separator");
  grip.setAttribute("aria-label", `Resize ${title}`);
  const paint = () => {
    const state = foldState(root, side);
    fold.textContent = ARROWS[side][state];
    fold.setAttribute("aria-label", `${state === "open" ? "Fold" : "Open"} ${title}`);
    fold.setAttribute("aria-expanded", String(state === "open"));
  };
  fold.addEventListener("click", () => {
    root.dataset[side] = foldState(root, side) === "open" ? "rail" : "open";
    remember({ [`${side}-fold`]: root.dataset[side] });
    paint();
    window.dispatchEvent(new Event("resize"));
  });
  window.addEventListener("resize", paint);
  model.on("remove", () => window.removeEventListener("resize", paint));
  addResize(root, grip, side);
  head.append(name, fold);
  region.append(head, content, grip);
  paint();
  return { region, content, name };
}

function setSize(root, side, pixels) {
  const [low, high] = LIMITS[side];
  const size = Math.min(Math.max(pixels, low), high);
  root.style.setProperty(`--${side}-open`, `${size}px`);
  remember({ [side]: size });
}

function addResize(root, grip, side) {
  const measured = () => grip.parentElement[side === "bottom" ? "offsetHeight" : "offsetWidth"];
  const outward = side === "left" ? 1 : -1;
  grip.addEventListener("pointerdown", (down) => {
    const start = measured();
    const axis = side === "bottom" ? "clientY" : "clientX";
    grip.setPointerCapture(down.pointerId);
    const move = (event) => setSize(root, side, start + outward * (event[axis] - down[axis]));
    const up = () => {
      grip.removeEventListener("pointermove", move);
      window.dispatchEvent(new Event("resize"));
    };
    grip.addEventListener("pointermove", move);
    grip.addEventListener("pointerup", up, { once: true });
  });
  grip.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 16, ArrowDown: 16, ArrowLeft: -16, ArrowUp: -16 }[event.key];
    if (step !== undefined) {
      setSize(root, side, measured() + outward * step);
    }
  });
}

function render({ model }) {
  const root = make("div", "wb-workspace");
  const known = remembered();
  for (const side of ["left", "right", "bottom"]) {
    root.dataset[side] = known[`${side}-fold`] ?? "auto";
    if (known[side]) {
      setSize(root, side, known[side]);
    }
  }
  const left = panel(root, "left", model.left_title, model);
  const right = panel(root, "right", model.right_title, model);
  const bottom = panel(root, "bottom", model.bottom_title, model);
  const middle = make("main", "region middle");
  const slots = {
    left: left.content,
    inspector: right.content,
    bottom: bottom.content,
    tools: make("div", "tools"),
    notice: make("div", "notice"),
    canvas: make("div", "canvas"),
  };
  middle.append(slots.tools, slots.notice, slots.canvas);
  root.append(left.region, middle, right.region, bottom.region);
  for (const [name, slot] of Object.entries(slots)) {
    const fill = () => {
      const child = model.get_child(name);
      slot.replaceChildren(...(child ? [child] : []));
    };
    model.on(name, fill);
    fill();
  }
  const bare = () => root.classList.toggle("bare", !model.bottom_title);
  model.on("bottom_title", () => {
    bottom.name.textContent = model.bottom_title;
    bare();
  });
  bare();
  return root;
}

export default { render: ({ model, el }) => mount(render, model, el) };
