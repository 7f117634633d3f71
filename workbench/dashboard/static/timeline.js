// The events of a run in order, one lane per kind, the tokens spent so far, and a cursor.

const LANE_LABEL_PX = 72;
const PAD_PX = 6;
const PLAY_MS = 120;

function colours(host) {
  const style = getComputedStyle(host);
  const pick = (name) => style.getPropertyValue(name).trim();
  return {
    text: pick("--wb-text"), muted: pick("--wb-muted"), edge: pick("--wb-edge"),
    divider: pick("--wb-divider"), line: pick("--wb-hue-2"), font: pick("--wb-font-text"),
    cursor: pick("--wb-accent"),
  };
}

function paintLanes(context, model, size, place, look) {
  const lanes = model.lanes;
  const height = (size.height - 2 * PAD_PX) / Math.max(lanes.length, 1);
  context.font = `11px ${look.font}`;
  context.textBaseline = "middle";
  lanes.forEach((name, lane) => {
    const middle = PAD_PX + height * (lane + 0.5);
    context.fillStyle = look.muted;
    context.fillText(name, 8, middle);
    context.fillStyle = look.divider;
    context.fillRect(LANE_LABEL_PX, middle, size.width - LANE_LABEL_PX - PAD_PX, 1);
  });
  const width = Math.max(1, (size.width - LANE_LABEL_PX) / Math.max(model.codes.length, 1) - 1);
  model.codes.forEach((lane, seq) => {
    if (lane < 0) {
      return;
    }
    const middle = PAD_PX + height * (lane + 0.5);
    context.fillStyle = seq <= model.cursor ? look.text : look.edge;
    context.globalAlpha = seq <= model.cursor ? 1 : 0.45;
    const tall = Math.min(height - 4, 10);
    context.fillRect(place(seq) - width / 2, middle - tall / 2, Math.min(width, 6), tall);
  });
  context.globalAlpha = 1;
}

function paintTokens(context, model, size, place, look) {
  const top = Math.max(1, ...model.tokens);
  context.strokeStyle = look.line;
  context.lineWidth = 2;
  context.beginPath();
  model.tokens.forEach((tokens, seq) => {
    const y = size.height - PAD_PX - ((size.height - 2 * PAD_PX) * tokens) / top;
    context[seq === 0 ? "moveTo" : "lineTo"](place(seq), y);
  });
  context.stroke();
}

function render({ model }) {
  const root = make("div", "wb-timeline");
  const bar = make("div", "bar");
  const now = make("span", "now ellipsis");
  now.setAttribute("role", "status");
  const place = make("span", "place");
  const strip = make("div", "strip");
  strip.tabIndex = 0;
  strip.setAttribute("role", "slider");
  strip.setAttribute("aria-label", "Event");
  const canvas = make("canvas");
  strip.append(canvas);
  const last = () => Math.max(0, model.codes.length - 1);
  const x = (seq) => {
    const width = strip.clientWidth - LANE_LABEL_PX - 2 * PAD_PX;
    return LANE_LABEL_PX + PAD_PX + (width * seq) / Math.max(last(), 1);
  };
  const go = (seq) => {
    const wanted = Math.round(Math.min(Math.max(seq, 0), last()));
    if (wanted !== model.cursor) {
      model.cursor = wanted;
    }
  };

  let player = null;
  const play = button("\u25b6", () => {
    if (player !== null) {
      stop();
      return;
    }
    if (model.cursor >= last()) {
      go(0);
    }
    play.textContent = "\u23f8\ufe0e";
    const stride = Math.max(1, Math.round(last() / 100));
    player = setInterval(() => (model.cursor >= last() ? stop() : go(model.cursor + stride)), PLAY_MS);
  });
  const stop = () => {
    clearInterval(player);
    player = null;
    play.textContent = "\u25b6";
  };
  const labelled = (element, name) => {
    element.setAttribute("aria-label", name);
    element.title = name;
    return element;
  };
  bar.append(
    labelled(button("\u23ee\ufe0e", () => go(0)), "First event"),
    labelled(button("\u2039", () => go(model.cursor - 1)), "Previous event"),
    labelled(play, "Play"),
    labelled(button("\u203a", () => go(model.cursor + 1)), "Next event"),
    labelled(button("\u23ed\ufe0e", () => go(last())), "Last event"),
    now,
    place,
  );

  const draw = () => {
    const size = { width: strip.clientWidth, height: strip.clientHeight };
    const ratio = window.devicePixelRatio || 1;
    canvas.width = Math.round(size.width * ratio);
    canvas.height = Math.round(size.height * ratio);
    const context = canvas.getContext("2d");
    context.scale(ratio, ratio);
    const look = colours(strip);
    paintLanes(context, model, size, x, look);
    paintTokens(context, model, size, x, look);
    context.fillStyle = look.cursor;
    context.fillRect(x(model.cursor) - 1, 0, 2, size.height);
    now.textContent = model.text;
    place.textContent = model.codes.length
      ? `event ${model.cursor.toLocaleString("en")} of ${last().toLocaleString("en")} \u00b7 ` +
        `${(model.tokens[model.cursor] ?? 0).toLocaleString("en")} tokens`
      : "no events";
    strip.setAttribute("aria-valuenow", String(model.cursor));
    strip.setAttribute("aria-valuetext", model.text);
  };
  let wanted = false;
  const later = () => {
    if (!wanted) {
      wanted = true;
      requestAnimationFrame(() => {
        wanted = false;
        draw();
      });
    }
  };
  const seqAt = (event) => {
    const box = strip.getBoundingClientRect();
    const width = box.width - LANE_LABEL_PX - 2 * PAD_PX;
    return ((event.clientX - box.left - LANE_LABEL_PX - PAD_PX) / width) * last();
  };
  strip.addEventListener("pointerdown", (event) => {
    strip.setPointerCapture(event.pointerId);
    go(seqAt(event));
  });
  strip.addEventListener("pointermove", (event) => event.buttons && go(seqAt(event)));
  strip.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, "[": -1, ArrowRight: 1, "]": 1, PageUp: -10, PageDown: 10 }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      go(model.cursor + step);
    }
  });
  const observer = new ResizeObserver(later);
  observer.observe(strip);
  model.on("remove", () => {
    stop();
    observer.disconnect();
  });
  model.on(["codes", "tokens", "lanes", "cursor", "text"], later);
  model.on("theme", () => setTimeout(later, 60));
  root.append(bar, strip);
  later();
  return root;
}

export default { render: ({ model, el }) => mount(render, model, el) };
